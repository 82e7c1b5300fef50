"""The experiments that run in the background. Add one by an entry here."""

from typing import Final

from core.experiments.records import ExperimentSpec
from core.language import N_

EXPERIMENTS: Final[dict[str, ExperimentSpec]] = {
    "pictures": ExperimentSpec(
        name="pictures",
        title=N_("Preparing images"),
        request="core.experiments.pictures:PicturesRequest",
        result="core.experiments.pictures:PicturesMade",
        builder="core.experiments.pictures:make_pictures",
    ),
    "answers": ExperimentSpec(
        name="answers",
        title=N_("Asking a network about images"),
        request="core.experiments.answering_records:AnswersRequest",
        result="core.experiments.answering_records:AnswersMade",
        builder="core.experiments.answering:make",
    ),
    "breaks": ExperimentSpec(
        name="breaks",
        title=N_("Broken preprocessing"),
        request="core.experiments.break_records:BreakRequest",
        result="core.experiments.break_records:BreakResult",
        builder="core.experiments.break_scores:score_breaks",
    ),
    "clinic": ExperimentSpec(
        name="clinic",
        title=N_("Tutorial clinic"),
        request="core.experiments.clinic.records:RecipeRequest",
        result="core.experiments.clinic.records:RecipeAnswer",
        builder="core.experiments.clinic.asking:answer_recipe",
        version=2,
    ),
    "lesions": ExperimentSpec(
        name="lesions",
        title=N_("Lesions under augmentation"),
        request="core.experiments.lesion_records:LesionRequest",
        result="core.experiments.lesion_records:LesionLosses",
        builder="core.experiments.lesions:measure_lesions",
    ),
    "stability": ExperimentSpec(
        name="stability",
        title=N_("Stability of the answer"),
        request="core.experiments.stability_records:StabilityRequest",
        result="core.experiments.stability_records:Stability",
        builder="core.experiments.stability:measure_stability",
    ),
    "helps": ExperimentSpec(
        name="helps",
        title=N_("Does it help?"),
        request="core.experiments.helps_records:HelpsRequest",
        result="core.experiments.helps_records:HelpsResult",
        builder="core.experiments.helps:does_it_help",
    ),
    "rate": ExperimentSpec(
        name="rate",
        title=N_("Finding a learning rate"),
        request="core.experiments.rate_records:RateRequest",
        result="core.experiments.rate_records:RateCurve",
        builder="core.experiments.rate_finder:find_rate",
        version=2,
    ),
    "estimate": ExperimentSpec(
        name="estimate",
        title=N_("Estimating time and memory"),
        request="core.experiments.estimate_records:EstimateRequest",
        result="core.experiments.estimate_records:Measurement",
        builder="core.experiments.estimating:measure",
        version=2,
    ),
    "surface": ExperimentSpec(
        name="surface",
        title=N_("Loss landscape"),
        request="core.experiments.surface_records:SurfaceRequest",
        result="core.experiments.surface_records:MeasuredSurface",
        builder="core.experiments.surface:measure_surface",
    ),
    "rivals": ExperimentSpec(
        name="rivals",
        title=N_("Against simple rivals"),
        request="core.experiments.rivals.records:RivalsRequest",
        result="core.experiments.rivals.records:RivalsAnswer",
        builder="core.experiments.rivals.running:run_rivals",
        version=3,
    ),
    "shortcut": ExperimentSpec(
        name="shortcut",
        title=N_("Shortcut booth"),
        request="core.experiments.shortcut.records:ShortcutRequest",
        result="core.experiments.shortcut.records:ShortcutAnswer",
        builder="core.experiments.shortcut.running:run_shortcut",
    ),
    "novelty": ExperimentSpec(
        name="novelty",
        title=N_("Learning what training images look like"),
        request="core.experiments.novelty_records:NoveltyRequest",
        result="core.experiments.novelty_records:NoveltyMade",
        builder="core.experiments.novelty:make",
    ),
    "league": ExperimentSpec(
        name="league",
        title=N_("Maps against known findings"),
        request="core.experiments.league_records:LeagueRequest",
        result="core.experiments.league_records:LeaguePlayed",
        builder="core.experiments.league:play",
    ),
    "masking": ExperimentSpec(
        name="masking",
        title=N_("Covering a region"),
        request="core.experiments.masking.records:MaskingRequest",
        result="core.experiments.masking.records:MaskingAnswer",
        builder="core.experiments.masking.running:measure_masking",
    ),
}
