"""The words of a report about its data and its training, as pairs of a name and a value."""

from core.datasets.records import DatasetInfo, PatientOverlap
from core.evaluation.decisions import threshold_text
from core.evaluation.records import MetricValue
from core.evaluation.sentences import rounded
from core.language import N_, Message, _
from core.report.study import Side, Study
from core.report.svg import cut
from core.runs.records import CardMetric

SPLITS = {
    "train": N_("training"),
    "val": N_("validation"),
    "test": N_("test"),
    "all": N_("all images"),
}
CHOSEN_BY = {
    "loss": N_("loss"),
    "accuracy": N_("accuracy"),
    "balanced_accuracy": N_("balanced accuracy"),
    "auroc": "AUROC",
    "average_precision": N_("average precision"),
    "f1": "F1",
    "mcc": "MCC",
}
_MOST_THRESHOLDS = 6
_DRAWN = "70/20/10"  # what is drawn where the data came without a split


def lead(study: Study) -> str:
    """Return the one sentence that a reader in a hurry takes away."""
    metric = study.evaluation.metrics.get("auroc")
    people = of_whom(study)
    if metric is None or metric.value is None:
        return _("Judged on {people}. How well it tells them apart cannot be said.", people=people)
    name = study.predictions.positive_class
    value = in_brackets(metric)
    if name is None:
        return _(
            "On {people} it told each class from the rest with a mean AUROC of {value}.",
            people=people,
            value=value,
        )
    text = _(
        "On {people} it told '{name}' from the rest with an AUROC of {value}.",
        people=people,
        name=name,
        value=value,
    )
    return text


def of_whom(study: Study) -> str:
    """Return on how many images of how many patients of which split a study is."""
    n, patients = study.predictions.n_samples, study.evaluation.n_patients
    split = _(SPLITS[study.asked.split])
    if patients is None:
        return _("{n} images ({split}; patients not known)", n=f"{n:,}", split=split)
    return _("{n} images of {patients} patients ({split})", n=f"{n:,}", patients=f"{patients:,}", split=split)


def in_brackets(metric: MetricValue | CardMetric) -> str:
    """Return "0.91 (0.79 to 0.97)", or a dash where there is no number."""
    if metric.value is None:
        return "–"
    if metric.low is None or metric.high is None:
        return rounded(metric.value)
    low, high = rounded(metric.low), rounded(metric.high)
    return _("{value} ({low} to {high})", value=rounded(metric.value), low=low, high=high)


def data_facts(study: Study) -> tuple[tuple[str, str], ...]:
    """Return what is known of the judged data."""
    background, info = study.background, study.background.info
    rows = [
        (_("Data set"), _title(study, info)),
        (_("Licence"), _licence(info)),
        (_("Judged"), of_whom(study)),
    ]
    rows.append((_("Images by class"), _by_class(study)))
    if study.prevalence is not None:
        share = _("{percent} % of these images", percent=f"{100 * study.prevalence:.0f}")
        rows.append((_("Prevalence of '{name}'", name=study.predictions.positive_class), share))
    if study.is_external:
        rows.append((_("Looks at these images"), str(background.n_looks_there)))
    else:
        rows.append((_("Looks at the test split"), str(background.n_looks)))
    if study.asked.mapping:
        named = list(study.asked.mapping.items())
        pairs = "; ".join(f"{cut(there, 22)} → {cut(here, 22) or '–'}" for there, here in named[:5])
        pairs += " …" if len(named) > 5 else ""
        rows.append((_("Classes there and here"), pairs))
    if background.n_readers:
        rows.append((_("Readers"), _("{n} (who they are is not recorded)", n=background.n_readers)))
    if background.n_corrected:
        rows.append((_("Labels corrected since"), str(background.n_corrected)))
    return tuple(rows)


def _title(study: Study, info: DatasetInfo | None) -> str:
    name = study.asked.dataset_id or study.background.config.dataset
    title = name if info is None else info.title
    if info is None:
        title = _("{title} (no longer there)", title=title)
    if study.background.is_replaced:
        title = _("{title} (replaced since: other images have its name now)", title=name)
    return _("{title} (external: not the one it was trained on)", title=title) if study.is_external else title


def _licence(info: DatasetInfo | None) -> str:
    return info.licence if info is not None and info.licence else _("not recorded")


def _by_class(study: Study, most: int = 5) -> str:
    names, y_true = study.predictions.class_names, study.predictions.y_true
    counts = [f"{cut(name, 30)}: {int((y_true == index).sum()):,}" for index, name in enumerate(names)]
    if len(counts) > most:
        counts = [*counts[:most], _("and {n} more", n=len(counts) - most)]
    return ", ".join(counts)


def training_facts(study: Study) -> tuple[tuple[str, str], ...]:
    """Return the training in short."""
    background, config = study.background, study.background.config
    size = background.card.image_size
    rows = [
        (_("Network"), _(background.model_title)),
        (_("Trained on"), _trained_on(background.side("train"), background.own_dataset)),
        (_("Split"), _divided(study)),
        (
            _("Epochs"),
            _("{epochs}, epoch {best} kept", epochs=config.epochs, best=background.card.best_epoch),
        ),
        (_("Chosen by"), _("the best validation {metric}", metric=_(CHOSEN_BY[config.best_by]))),
    ]
    if background.trained_at:
        rows.insert(2, (_("Day of training"), background.trained_at))
    if size is not None:
        rows.insert(1, (_("Input"), _("{size} × {size} pixels", size=size)))
    if background.temperature is not None:
        value = _(
            "temperature {value}, fitted on validation; not applied here",
            value=rounded(background.temperature.value),
        )
        rows.append((_("Calibration"), value))
    rows.append((_("Trainings alike"), str(background.n_seeds)))
    return tuple(rows)


def _trained_on(side: Side | None, dataset: str) -> str:
    if side is None:
        return dataset
    if side.n_patients is None:
        return _("{n} images of {dataset}", n=f"{side.n_images:,}", dataset=dataset)
    return _(
        "{n} images of {patients} patients of {dataset}",
        n=f"{side.n_images:,}",
        patients=f"{side.n_patients:,}",
        dataset=dataset,
    )


def _divided(study: Study) -> str:
    split = study.background.config.split
    if study.background.source_split:
        return _divided_by_source(study.background.overlap)
    scheme = _DRAWN if split.scheme == "source" else split.scheme
    if not split.by_patient:
        return _("{scheme}, by image: a patient may stand on both sides", scheme=scheme)
    side = study.background.side("train")
    if side is not None and side.n_patients is None:
        return _("{scheme}; patients not known", scheme=scheme)
    return _("{scheme}, by patient", scheme=scheme)


def _divided_by_source(overlap: PatientOverlap | None) -> str:
    """Return how the source divides its images: nobody else sees to it that no patient is on two sides."""
    if overlap is None:
        return _("as the source divides it")
    if overlap.n_patients:
        return _("as the source divides it; {n} patients on more than one side", n=overlap.n_patients)
    return _("as the source divides it; no patient known to be on two sides")


def threshold_words(study: Study) -> str:
    """Return from which score on an image is called what."""
    threshold, name = study.asked.threshold, study.predictions.positive_class
    origin = {
        "usual": N_("nobody chose it"),
        "validation": N_("chosen on the validation split"),
        "judged images": N_("chosen on these images"),
        "unknown": N_("nobody wrote down where it was chosen"),
    }[study.asked.origin]
    if isinstance(threshold, tuple) and not study.asked.is_usual:
        pairs = list(zip(study.predictions.class_names, threshold, strict=True))
        each = ", ".join(f"{one}: {threshold_text(value)}" for one, value in pairs[:_MOST_THRESHOLDS])
        if len(pairs) > _MOST_THRESHOLDS:
            each = _("{each} and {n} more", each=each, n=len(pairs) - _MOST_THRESHOLDS)
        return _("Thresholds: {each} ({origin}).", each=each, origin=_(origin))
    if name is None or isinstance(threshold, tuple):
        return _("Threshold: none; the most probable class is called.")
    return _(
        "Threshold: called '{name}' from a probability of {value} on ({origin}).",
        name=name,
        value=threshold_text(threshold),
        origin=_(origin),
    )


def limits(study: Study) -> tuple[str, ...]:
    """Return what it is for, and what it cannot do."""
    said = [
        Message(text=N_("Meant for teaching how such networks are made and judged. Not for any patient.")),
        Message(
            text=N_(
                "It gives one class an image. Findings that occur together, and findings that are none of its"
                " classes, are not modelled: it names one of {names} whatever it is shown."
            ),
            values={"names": _some(study.predictions.class_names)},
        ),
        Message(
            text=N_(
                "It knows images like those it was trained on. What it learned on children's X-rays says"
                " nothing about adults; another machine, another view or another clinic may break it."
            )
        ),
        Message(
            text=N_(
                "Predictive values move with how common the finding is, calibration too. An interval holds"
                " the chance of which patients were asked about, and nothing else."
            )
        ),
    ]
    return tuple(str(each) for each in said)


def _some(names: tuple[str, ...], most: int = 4) -> str:
    shown = [_("'{name}'", name=cut(name, 30)) for name in names[:most]]
    return ", ".join(shown) + (" …" if len(names) > most else "")
