"""Which setting mattered: functional ANOVA on a random forest (Hutter 2014), by Optuna and scikit-learn."""

from collections.abc import Sequence
from typing import Final

from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.space import Dimension

FEWEST_TRIALS: Final = 10  # with fewer a forest has nothing to go by
_SEED: Final = 0


def importances(trials: Sequence[TrialRecord], space: Sequence[Dimension]) -> dict[str, float] | None:
    """Return the share of the scores' variance that each setting explains, the largest first.

    They add up to 1 over the settings that took more than one value; the others are left out. A share says
    how much the score moved within the range that was tried, not what moved it up.

    Returns
    -------
    dict or None
        None with fewer than FEWEST_TRIALS trials that ended by themselves, or where all scores are equal.
    """
    done = [trial for trial in trials if trial.value is not None]
    varied = [one for one in space if len({trial.point[one.field] for trial in done}) > 1]
    if len(done) < FEWEST_TRIALS or not varied or len({trial.value for trial in done}) == 1:
        return None
    if len(varied) == 1:
        return {varied[0].field: 1.0}
    return _forest(done, varied)


def _forest(done: Sequence[TrialRecord], varied: Sequence[Dimension]) -> dict[str, float]:
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    from core.experiments.sweeps.study import distribution_of

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=_SEED))
    distributions = {one.field: distribution_of(one) for one in varied}
    for trial in done:
        params = {name: trial.point[name] for name in distributions}
        study.add_trial(
            optuna.trial.create_trial(params=params, distributions=distributions, value=trial.value)
        )
    evaluator = FanovaImportanceEvaluator(seed=_SEED)
    found = get_param_importances(study, evaluator=evaluator)
    return {str(name): float(share) for name, share in found.items()}
