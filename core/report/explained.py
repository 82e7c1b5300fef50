"""One answer on a page: the image, what was said of it, the maps, and whether they can be trusted.

Nothing of whoever is shown but the picture itself, which its visitor brought and takes home.
"""

from base64 import b64encode
from dataclasses import dataclass

from core.evaluation.neighbours import Neighbour
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.records import CheckCard, CheckLine
from core.explanation.legend import adds_up
from core.explanation.records import Attribution
from core.language import _, current_language
from core.report.blocks import Block, Document, Facts, Photo, Photos, Points, Section, Table, Words
from core.report.html import to_html
from core.report.study import NOT_FOR_DIAGNOSIS
from core.runs.records import ModelCard


@dataclass(frozen=True, eq=False)
class Explained:
    """What is known of one answer.

    Attributes
    ----------
    network
        What the network is called, and `card` what travels with its weights.
    called
        What the image is called at the operating point, as a sentence.
    probabilities
        Of each class.
    remarks
        What else was said of the answer: what it means at this prevalence, calibrated, its spread.
    warnings
        What sets the image apart from those that the network was trained on.
    likeness
        How far it lies from the training images, and how often that check misses, as sentences.
    nearest
        The training images that are nearest to it for the network.
    image
        The image itself as a PNG, in the window of the map; b"" leaves it out.
    maps
        Each with its picture as a PNG.
    checks
        Of the maps, as far as they were made.
    """

    network: str
    card: ModelCard
    called: str
    probabilities: dict[str, float]
    remarks: tuple[str, ...]
    warnings: tuple[str, ...]
    maps: tuple[tuple[Attribution, bytes], ...]
    checks: tuple[CheckCard, ...] = ()
    likeness: tuple[str, ...] = ()
    nearest: tuple[Neighbour, ...] = ()
    image: bytes = b""


def explained_page(explained: Explained) -> str:
    """Return the page as HTML that stands alone, in the language of now."""
    card = explained.card
    beware = [Section(_("Before anything else"), (Points(explained.warnings),), is_red=True)]
    answer: list[Block] = [_probabilities(explained), *(Words(text) for text in explained.remarks)]
    about = Facts(
        (
            (_("Network"), f"{explained.network} ({card.model})"),
            (_("Trained on"), _trained_on(card)),
            (_("Intended use"), card.intended_use),
        )
    )
    document = Document(
        title=_("An answer, explained"),
        subtitle=_("A network's answer about one image, and what it leaned on."),
        lead=explained.called,
        simulated=card.simulated,
        language=current_language(),
        kind="full",
        sections=(
            *(beware if explained.warnings else []),
            Section(_("The answer"), tuple(answer), is_half=True),
            Section(_("Who answered"), (about,), is_half=True),
            Section(_("Is this image like the training images?"), _likeness(explained)),
            Section(_("Where did it look?"), _maps(explained)),
            *(_checks(found) for found in explained.checks),
            Section(_("What a map cannot tell"), (Points(_limits()),)),
        ),
        notice=_(NOT_FOR_DIAGNOSIS),
    )
    return to_html(document)


def _probabilities(explained: Explained) -> Table:
    rows = tuple((name, f"{value:.3f}") for name, value in explained.probabilities.items())
    return Table((_("Class"), _("Probability")), rows)


def _likeness(explained: Explained) -> tuple[Block, ...]:
    rows = tuple(
        (_("Training image number {id}", id=one.sample_id), one.label, f"{one.distance:.3g}")
        for one in explained.nearest
    )
    header = (_("Nearest to it for the network"), _("Taught as"), _("Distance (1 - cosine of the features)"))
    note = _("Only their labels: the pictures of others stay where they are.")
    nearest = (Table(header, rows), Words(note, is_small=True)) if rows else ()
    return (Points(explained.likeness), *nearest)


def _trained_on(card: ModelCard) -> str:
    if card.n_train_patients is None:
        return _("{n} images of '{dataset}'", n=card.n_train_images, dataset=card.dataset)
    return _(
        "{n} images of {patients} patients of '{dataset}'",
        n=card.n_train_images,
        patients=card.n_train_patients,
        dataset=card.dataset,
    )


def _maps(explained: Explained) -> tuple[Block, ...]:
    photos = tuple(_photo(answer, png) for answer, png in explained.maps)
    if explained.image:
        bare = _("The image that the network is asked about")
        photos = (*photos, Photo(_address(explained.image), bare, bare))
    sentences = ((adds_up(answer), *map(str, answer.notes)) for answer, _png in explained.maps)
    notes = dict.fromkeys(note for several in sentences for note in several if note)
    return (Photos(photos, is_large=True), *([Points(tuple(notes))] if notes else []))


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"


def _photo(answer: Attribution, png: bytes) -> Photo:
    spec = EXPLAINERS[answer.method]
    words = f"{_(spec.title)} · {answer.class_name}. {_(spec.reads)} {_(spec.caution)}"
    alt = _("{method} over the image, for the class '{name}'", method=_(spec.title), name=answer.class_name)
    return Photo(_address(png), words, alt)


def _checks(card: CheckCard) -> Section:
    rows = tuple(_check(line) for line in card.lines)
    header = (_("What was done"), _("Value"), _("Result"), _("In plain words"))
    title = _("Checks of {method}", method=_(EXPLAINERS[card.method].title))
    return Section(title, (Table(header, rows),))


def _check(line: CheckLine) -> tuple[str, ...]:
    number = "–" if line.value is None else f"{line.value:.2f}"
    if line.threshold is not None:
        number = f"{number} ({_('threshold')} {line.threshold:g}, {line.source})"
    return (str(line.done), number, _(line.outcome), str(line.sentence))


def _limits() -> tuple[str, ...]:
    return (
        _("It shows what the network's answer leaned on, not where the disease is."),
        _("A check that found no failure has not shown that the map is right."),
        _("A bright spot makes people trust an answer more, a wrong one too."),
    )
