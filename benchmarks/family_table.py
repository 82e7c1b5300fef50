"""docs/families.md from docs/families.json: each number by the house's own evaluation."""

from typing import Any, Final

import numpy as np
from torchvision.models import get_model_weights

from benchmarks.family_list import FAMILIES
from core.evaluation.records import MetricValue
from core.evaluation.report import Judge, evaluate
from core.evaluation.resampling import Key
from core.models.catalog import MODELS
from core.runs.predictions import Predictions
from core.statistics.intervals import percentile_interval

Record = dict[str, Any]  # a finished run, or the data it was made on, as they stand in the JSON
_LEVEL: Final = 0.95
_HEAD: Final = (
    "| network | px | learning rate | weights | test AUROC of each seed | mean [95 % interval] |"
    " validation AUROC | seconds a run | images/s |\n|---|---|---|---|---|---|---|---|---|"
)


def page(results: Record) -> str:
    """Return the page, in Markdown."""
    rows = [_row(family.network, results) for family in FAMILIES if _taken(family.network, results)]
    return "\n".join([_introduction(results), "", _HEAD, *rows, "", _method(results), "", _pretrained(), ""])


def chosen_rate(network: str, runs: list[Record]) -> float:
    """Return the learning rate whose run of the first seed has the best validation AUROC."""
    own = [run for run in runs if run["network"] == network]
    first = [run for run in own if run["seed"] == own[0]["seed"]]
    return float(max(first, key=lambda run: run["val_auroc"])["learning_rate"])


def _taken(network: str, results: Record) -> list[Record]:
    """Return the runs of a network with the learning rate that was chosen."""
    own = [run for run in results["runs"] if run["network"] == network]
    return [run for run in own if run["learning_rate"] == chosen_rate(network, own)] if own else []


def _row(network: str, results: Record) -> str:
    runs = _taken(network, results)
    predictions = [_predictions(run, results["data"]) for run in runs]
    areas = [evaluate(one).metrics["auroc"] for one in predictions]
    cells = (
        MODELS[network].title,
        f"{runs[0]['image_size']}",
        f"{runs[0]['learning_rate']:g}",
        f"{runs[0]['n_parameters'] / 1e6:.3g} M",
        "<br>".join(_with_interval(area) for area in areas),
        _mean(areas, predictions),
        f"{np.mean([run['val_auroc'] for run in runs]):.3f}",
        f"{np.median([run['seconds'] for run in runs]):.0f}",
        f"{np.median([run['images_per_second'] for run in runs]):.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _predictions(run: Record, data: Record) -> Predictions:
    score = np.array(run["scores"], np.float32)
    y_score = np.stack([1 - score, score], axis=1)  # (n, 2): the positive class is the second here
    other, positive = sorted(data["class_names"], key=lambda name: name == data["positive_class"])
    return Predictions(
        y_true=np.array(data["y_true"], np.int64),
        logits=np.log(np.clip(y_score, 1e-7, 1)),
        y_score=y_score,
        sample_ids=np.arange(len(score), dtype=np.int64),
        patient_ids=None if data["patients"] is None else np.array(data["patients"], dtype=object),
        class_names=(other, positive),
        positive_class=positive,
    )


def _with_interval(area: MetricValue) -> str:
    if area.value is None or area.low is None or area.high is None:
        return "not defined"
    return f"{area.value:.3f} [{area.low:.3f}, {area.high:.3f}]"


def _mean(areas: list[MetricValue], predictions: list[Predictions]) -> str:
    """Return the mean over the seeds, with the middle 95 % of that mean when patients are drawn anew.

    Each resample draws the same patients for all seeds, for all were tested on the same ones.
    """
    values = [area.value for area in areas if area.value is not None]
    drawn = np.mean([Judge(one).drawn[Key("auroc")] for one in predictions], axis=0)
    interval = percentile_interval(drawn, _LEVEL)
    return f"{np.mean(values):.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _introduction(results: Record) -> str:
    data = results["data"]
    n_patients = "unknown" if data["patients"] is None else len(set(data["patients"]))
    return f"""# Every family of networks on the same chest radiographs, from scratch

Made by `make families DATA=...` ({results["made_on"]}); the numbers stand in `families.json`.

{data["n_train"]} images to train on, {data["n_val"]} to validate, {len(data["y_true"])} images of
{n_patients} patients to test; two classes, positive is {data["positive_class"]}. No patient stands on
two sides. Machine: {results["machine"]}."""


def _method(results: Record) -> str:
    run = results["runs"][0]
    return f"""**How.** {run["epochs"]} epochs of AdamW with a cosine schedule, the X-ray augmentations,
batches of {run["batch_size"]}; the epoch with the lowest validation loss is kept. Where
`benchmarks/family_list.py` gives a network two learning rates, the one is taken whose run with
the first seed has the best validation AUROC; what the other one's run said of the test images
stands in the JSON, and nothing reads it. The deep ones have one rate.

**What the intervals say.** One of a seed: DeLong where each patient has one image, else the
bootstrap by patient. That of the mean: its middle 95 % when the test patients are drawn anew,
the same ones for all seeds. Both cover chance in who was tested; chance in the training is seen
in how far the seeds lie apart. They are no test of one network against another, which were all
tried on the same patients. The split is one and the same for all.

**What they do not say.** Most of these networks were made for larger pictures and a million of
them; at this size, with this many, the table tells which of them can be trained here, not which
is best. Seconds are those of this machine, with what else it had to do.

**What is missing.** {_missing(results)}"""


def _missing(results: Record) -> str:
    """Name the networks that have fewer seeds than the one with most."""
    seeds = {family.network: len(_taken(family.network, results)) for family in FAMILIES}
    most = max(seeds.values())
    lacking = [f"{MODELS[name].title} ({n} of {most} seeds)" for name, n in seeds.items() if n < most]
    if not lacking:
        return "Nothing."
    return f"{', '.join(lacking)}: the command goes on with what is not there yet."


def _pretrained() -> str:
    sizes = [
        f"{family.network} {_download_mb(family.network):.0f} MB"
        for family in FAMILIES
        if MODELS[family.network].pretrained
    ]
    return f"""**Pretrained weights** were not used: they come from download.pytorch.org, which could not be
reached where this table was made. With them, `--set pretrained=true` downloads once: {", ".join(sizes)}."""


def _download_mb(network: str) -> float:
    name = MODELS[network].pretrained or ""
    weights = get_model_weights(network)
    found = (
        weights[name.rpartition(".")[2]]
        if name.rpartition(".")[2] in weights.__members__
        else weights.DEFAULT
    )
    return float(found.meta["_file_size"])
