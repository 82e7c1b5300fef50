"""On whom does it work? A metric in each group of patients, with its interval, and against the rest.

Whole patients are drawn again, the same ones for a group and the rest, so that a patient with images on both
sides counts on both. Does not cover: groups that nobody wrote down, and patients that are in none of these
images. That a difference was not found does not say that there is none: small groups hide large ones.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from core.evaluation.decisions import Threshold, decide
from core.evaluation.group_metrics import Counted, Draws, area, counted, draws_of, point, share, shares_of
from core.evaluation.records import MetricValue
from core.evaluation.subgroup_records import FEWEST, GroupMetric, Subgroup, SubgroupTable
from core.evaluation.subgroup_values import Attribute
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics.intervals import percentile_interval
from core.statistics.paired import holm

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Group:
    """Which images a group is judged on, which the rest, and which it consists of (all of shape (n,))."""

    attribute: Attribute
    value: Message
    members: _Mask
    judged: _Mask
    rest: _Mask | None
    has_all_negatives: bool


class Subgroups:
    """The groups of a split; what does not depend on the threshold is computed once.

    Parameters
    ----------
    predictions
        Of n images; all scores are numbers.
    attributes
        Of the same images.
    level
        Of the intervals.
    seed
        Of the bootstrap.
    """

    def __init__(
        self,
        predictions: Predictions,
        attributes: Sequence[Attribute],
        *,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        self._predictions, self._attributes, self._level = predictions, attributes, level
        self._draws = Draws(predictions, seed=seed)
        self._areas: dict[str | None, SubgroupTable] = {}
        self._lock = Lock()  # visitors share it
        self._values: dict[bytes, NDArray[np.float64]] = {}  # of the table that is being made

    def at(
        self, threshold: Threshold, name: GroupMetric = "auroc", class_name: str | None = None
    ) -> SubgroupTable:
        """Return a metric in each group.

        Parameters
        ----------
        threshold
            As in `decide`.
        name
            The metric. The accuracy is that of all classes alike.
        class_name
            With several classes, the one that is held against the rest; the first where None.
        """
        predictions = self._predictions
        chosen = (
            None
            if name == "accuracy"
            else class_name or predictions.positive_class or predictions.class_names[0]
        )
        if name == "auroc" and chosen in self._areas:  # no threshold moves it
            return self._areas[chosen]
        index = None if chosen is None else predictions.class_names.index(chosen)
        what = counted(predictions, decide(predictions, threshold), name, index)
        with self._lock:
            self._values = {}
            table = self._table(name, chosen, what)
        if name == "auroc":
            self._areas[chosen] = table
        return table

    def _table(self, name: GroupMetric, chosen: str | None, what: Counted) -> SubgroupTable:
        index = None if chosen is None else self._predictions.class_names.index(chosen)
        is_positive = None if index is None else self._predictions.y_true == index
        told = [
            group
            for attribute in self._attributes
            for group in self._groups(attribute, is_positive if name == "auroc" else None)
        ]
        everyone = np.ones(self._predictions.n_samples, dtype=bool)
        if what.score is None:
            self._draw_at_once(told, everyone, what)
        groups = [self._judge(group, what, is_positive) for group in told]
        pairs = {attribute.name for attribute in self._attributes if len(attribute.groups) == 2}
        n_compared, compared = _corrected(groups, pairs)
        return SubgroupTable(
            name=name,
            class_name=chosen,
            level=self._level,
            whole=self._measure(what, everyone),
            groups=compared,
            n_compared=n_compared,
            n_resamples=self._draws.n_resamples,
        )

    def _groups(self, attribute: Attribute, is_positive: _Mask | None) -> Iterator[_Group]:
        known = attribute.codes >= 0
        for code, value in enumerate(attribute.groups):
            members = attribute.codes == code
            if is_positive is not None and members.any() and is_positive[members].all():
                negative = ~is_positive
                others = known & ~members & is_positive
                rest = (others | negative) if others.any() else None
                yield _Group(attribute, value, members, members | negative, rest, True)
            else:
                rest = known & ~members
                yield _Group(attribute, value, members, members, rest if rest.any() else None, False)
        if not known.all():
            yield _Group(attribute, attribute.unknown, ~known, ~known, None, False)

    def _judge(self, group: _Group, what: Counted, is_positive: _Mask | None) -> Subgroup:
        n_patients = self._draws.n_patients(group.members)
        found = Subgroup(
            attribute=group.attribute.name,
            title=group.attribute.title,
            value=group.value,
            n_samples=int(group.members.sum()),
            n_patients=n_patients if self._predictions.patient_ids is not None else None,
            n_positive=None if is_positive is None else int(is_positive[group.members].sum()),
            has_all_negatives=group.has_all_negatives,
            metric=self._measure(what, group.judged),
        )
        if found.metric.value is None:
            few = self._named_few(n_patients) if n_patients < FEWEST else None
            return found.model_copy(update={"too_small": few})
        if too_small := self._too_small(group, what):
            return found.model_copy(update={"too_small": too_small})
        return found if group.rest is None else self._against_rest(found, group.judged, group.rest, what)

    def _too_small(self, group: _Group, what: Counted) -> Message | None:
        fewest = min(self._draws.n_patients(group.judged & side) for side in what.sides)
        return self._named_few(fewest) if fewest < FEWEST else None

    def _named_few(self, n: int) -> Message:
        text = N_("Too small: {n} patients count here, and with fewer than {fewest} chance decides.")
        if self._predictions.patient_ids is None:
            text = N_("Too small: {n} images count here, and with fewer than {fewest} chance decides.")
        return Message(text=text, values={"n": n, "fewest": FEWEST})

    def _measure(self, what: Counted, mask: _Mask) -> MetricValue:
        measure = share if what.score is None else area
        return measure(what, mask, self._draws, self._level, self._drawn(what, mask))

    def _draw_at_once(self, groups: Sequence[_Group], everyone: _Mask, what: Counted) -> None:
        """Draw a share for all groups, their rests and both together in one go."""
        masks = [everyone, *(group.judged for group in groups)]
        for group in groups:
            if group.rest is not None:
                masks += [group.rest, group.judged | group.rest]
        unique = {mask.tobytes(): mask for mask in masks}
        drawn = shares_of(what, list(unique.values()), self._draws)
        self._values = dict(zip(unique, drawn, strict=True))

    def _drawn(self, what: Counted, mask: _Mask) -> NDArray[np.float64]:
        """Return a metric in each draw; the whole, and two groups that are each other's rest, once alone."""
        key = mask.tobytes()
        if key not in self._values:
            self._values[key] = draws_of(what, mask, self._draws)
        return self._values[key]

    def _against_rest(self, found: Subgroup, judged: _Mask, rest: _Mask, what: Counted) -> Subgroup:
        if min((rest & side).sum() for side in what.sides) == 0 or what.is_settled(rest):
            return found
        value = point(what, judged) - point(what, rest)
        here, there = (self._drawn(what, mask) for mask in (judged, rest))
        interval = percentile_interval(here - there, self._level)
        error = self._error_if_alike(what, judged, rest)
        if not interval.is_defined or not error > 0:
            return found.model_copy(update={"difference": value})
        update = {"difference": value, "low": interval.low, "high": interval.high}
        return found.model_copy(update={**update, "p": float(2 * norm.sf(abs(value) / error))})

    def _error_if_alike(self, what: Counted, judged: _Mask, rest: _Mask) -> float:
        """Return the standard error of a difference if the group is like the rest.

        That of all images, by the bootstrap, scaled to how many patients stand on either side: the pooled
        test of two shares, for any metric. A group's own spread would call a small one sure whenever it
        happens to be all right. Patients on both sides count on each, which errs towards caution.
        """
        together = judged | rest
        drawn = self._drawn(what, together)
        if not percentile_interval(drawn, self._level).is_defined:
            return 0.0
        n_whole, n_group, n_rest = (
            self._draws.n_effective(mask, what.sides) for mask in (together, judged, rest)
        )
        return float(np.nanstd(drawn, ddof=1) * np.sqrt(n_whole * (1 / n_group + 1 / n_rest)))


def _corrected(groups: Sequence[Subgroup], pairs: Collection[str]) -> tuple[int, tuple[Subgroup, ...]]:
    """Return of how many comparisons, and the groups with p corrected for that.

    The two groups of an attribute in `pairs` are held against each other: that is one comparison.
    """
    keys = [
        (group.attribute, -1 if group.attribute in pairs else place) for place, group in enumerate(groups)
    ]
    plain = {key: group.p for key, group in zip(keys, groups, strict=True) if group.p is not None}
    values = holm(np.array(list(plain.values()), dtype=np.float64)).tolist()
    corrected = dict(zip(plain, values, strict=True))
    return len(plain), tuple(
        group.model_copy(update={"p_corrected": corrected[key] if group.p is not None else None})
        for key, group in zip(keys, groups, strict=True)
    )
