"""The report as HTML: its numbers are the evaluation's, nothing is fetched, and no name breaks out of it."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from core.evaluation.report import evaluate
from core.evaluation.subgroup_values import Attribute
from core.evaluation.subgroups import Subgroups
from core.language import LANGUAGES, Message, language
from core.report.facts import in_brackets
from core.report.missing import missing_from
from core.report.study import Asked, Study
from core.report.writing import Kind, html_of
from core.runs.predictions import Predictions
from tests.report_studies import card_of, draw, info_of, study_of

HOSTILE = ('<script>alert(1)</script>"', "x' onload='alert(2)\u0000 https://evil.example/a.png")
KINDS: tuple[Kind, ...] = ("one page", "full")
_FETCHING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}


class Reader(HTMLParser):
    """Collects the tags of a page, what they would fetch, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in _FETCHING]
        self.handlers += [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def plain(html: str) -> str:
    """Return a text whose spaces that do not break are plain ones."""
    return html.replace("\u00a0", " ")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def pictures_in(html: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", html, re.DOTALL)


def with_groups(study: Study) -> Study:
    codes = np.arange(study.predictions.n_samples) % 2
    title, groups = Message(text="{value}", values={"value": "<b>site"}), ("north", "<i>south")
    named = tuple(Message(text="{value}", values={"value": name}) for name in groups)
    attribute = Attribute(name="site", title=title, codes=codes, groups=named)
    table = Subgroups(study.predictions, (attribute,)).at(study.asked.threshold, "auroc")
    return Study(**{**study.__dict__, "groups": table})


def hostile() -> Study:
    found = draw(names=HOSTILE)
    info = info_of(found, title="<img src=https://evil.example/b.png>", licence="{{ 7 * 7 }}")
    return with_groups(study_of(found, info=info, run_id="<b>run</b>"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_the_evaluation(kind: Kind) -> None:
    study = study_of()
    words = plain(" ".join(read(html_of(study, kind)).words))
    assert "\u00a0to\u00a0" in html_of(study, kind)  # no interval is broken in two
    for name in ("auroc", "sensitivity", "specificity", "ppv", "npv", "accuracy", "brier"):
        assert in_brackets(study.evaluation.metrics[name]) in words
    assert f"{study.predictions.n_samples:,} images of {study.evaluation.n_patients} patients" in words
    for count in np.array(study.evaluation.confusion_matrix).ravel():
        assert re.search(rf">{count}</text>", html_of(study, kind))


def test_every_metric_stands_in_the_full_report_with_its_n() -> None:
    study = study_of()
    html = plain(unescape(html_of(study, "full")))
    for metric in study.evaluation.metrics.values():
        assert in_brackets(metric) in html
        assert f"<td>{metric.n:,}</td>" in html


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_stands_in_red(kind: Kind) -> None:
    study = study_of(n_seeds=1, temperature=None)
    html = html_of(study, kind)
    red = html[html.index('<section class="whole red">') :].split("</section>")[0]
    for statement in missing_from(study):
        assert str(statement.short) in unescape(red)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_fetched_and_nothing_runs(kind: Kind, code: str) -> None:
    with language(code):
        page = read(html_of(with_groups(study_of()), kind))
    assert not [address for address in page.addresses if not address.startswith("data:")]
    assert not page.handlers
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)


@pytest.mark.parametrize("kind", KINDS)
def test_the_style_fetches_nothing(kind: Kind) -> None:
    html = html_of(study_of(), kind)
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_breaks_out(kind: Kind) -> None:
    html = html_of(hostile(), kind)
    page, usual = read(html), read(html_of(with_groups(study_of()), kind))
    assert set(page.tags) <= set(usual.tags)
    assert not [address for address in page.addresses if not address.startswith("data:")]
    assert not page.handlers
    assert "<scr" in " ".join(page.words)  # it stands there, as words
    assert "49" not in re.findall(r"Licence</dt><dd>(.*?)</dd>", html)


@pytest.mark.parametrize("study", [study_of(), hostile(), study_of(draw(names=("a", "b", "c")))])
def test_each_picture_is_xml_with_a_title_and_a_description(study: Study) -> None:
    pictures = pictures_in(html_of(study, "full"))
    assert len(pictures) >= 3
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        assert root.get("role") == "img"
        title, description = root[0], root[1]
        assert title.tag.endswith("title") and title.text
        assert description.tag.endswith("desc") and description.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_study_is_the_same_page(kind: Kind) -> None:
    assert html_of(study_of(), kind) == html_of(study_of(), kind)


def alike(n: int, names: tuple[str, ...], score: float) -> Predictions:
    y_true = np.arange(n) % len(names)
    return Predictions.from_logits(
        np.full((n, len(names)), score),
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=None,
        class_names=names,
        positive_class=names[1] if len(names) == 2 else None,
    )


MANY = tuple(f"class {index} <with> a very long name that goes on and on" for index in range(40))
ODD: dict[str, Any] = {
    "three images": lambda: alike(3, ("a", "b"), 0.0),
    "one image": lambda: alike(1, ("a", "b"), 0.0),
    "no image": lambda: alike(0, ("a", "b"), 0.0),
    "one class only": lambda: draw(60, shares=(1.0, 0.0)),
    "one patient": lambda: draw(30, images_each=30),
    "all scores equal": lambda: alike(60, ("a", "b"), 0.0),
    "forty classes": lambda: draw(900, names=MANY),
    "a class without images": lambda: draw(90, names=("a", "b", "c"), shares=(0.5, 0.5, 0.0)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD)
def test_odd_predictions_are_said_as_such(name: str, kind: Kind) -> None:
    study = study_of(ODD[name](), Asked("run-1", "test"))
    words = " ".join(read(html_of(study, kind)).words)
    assert re.search(r"\b(nan|inf)\b", words, re.IGNORECASE) is None
    if study.evaluation.metrics["auroc"].value is None:
        assert "cannot be had" in words or "not defined" in words


def test_missing_parts_are_said_as_missing() -> None:
    bare = study_of(
        draw(known=False),
        info=None,
        sides=(),
        overlap=None,
        temperature=None,
        attributes=(),
        ages=(),
        centres=(),
        rivals=None,
        n_readers=0,
        n_seeds=1,
    )
    words = " ".join(read(html_of(bare, "full")).words)
    assert "films (no longer there)" in words
    assert "patients not known" in words
    assert "Nothing is known of these images by which groups could be made." in words
    assert "They were not asked." in words


def test_every_page_says_what_it_is_not_for() -> None:
    for kind in KINDS:
        html = html_of(study_of(card=card_of(draw(), simulated=True)), kind)
        assert html.count("For teaching and demonstration, never for diagnosis.") >= 2
        assert "SIMULATED" in html
        assert "@bottom-left" in html  # on each printed page


def test_a_report_is_small() -> None:
    study = study_of(draw(4000))
    assert all(len(html_of(study, kind)) < 3e6 for kind in KINDS)


def test_without_pictures_no_image_of_the_data_is_in_it() -> None:
    study = study_of(asked=Asked("run-1", "test", threshold=0.4, with_pictures=False))
    html = html_of(study, "full")
    assert "data:image" not in html
    assert "Pictures are left out of this copy." in html


def test_the_mean_of_the_classes_leads_where_there_are_several() -> None:
    study = study_of(draw(names=("a", "b", "c")))
    auroc = evaluate(study.predictions).metrics["auroc"]
    assert f"a mean AUROC of {in_brackets(auroc)}" in plain(html_of(study, "one page"))


def test_every_word_of_a_report_is_marked_for_translation() -> None:
    with language("pseudo"):
        html = html_of(with_groups(study_of(n_seeds=1, temperature=None)), "full")
    titles = re.findall(r"<(?:h1|h2|dt|caption|li|p)(?: [^>]*)?>(.*?)</", html)
    assert len(titles) > 40
    assert not [
        words for words in titles if words.strip() and "⟦" not in unescape(words) and "doi" not in words
    ]


def test_a_group_of_one_class_says_with_whom_it_is_judged_or_why_it_has_no_number() -> None:
    study = study_of()
    codes = study.predictions.y_true + (np.arange(study.predictions.n_samples) % 2) * study.predictions.y_true
    named = tuple(Message(text=name) for name in ("none", "nodule", "mass"))
    attribute = Attribute(name="finding", title=Message(text="Finding"), codes=codes, groups=named)
    table = Subgroups(study.predictions, (attribute,)).at(study.asked.threshold, "auroc")
    words = unescape(html_of(Study(**{**study.__dict__, "groups": table}), "full"))
    reasons = [str(group.metric.reason) for group in table.groups if group.metric.value is None]
    assert len(reasons) == 1
    assert f"cannot be had: {reasons[0]}" in words
    assert "is judged together with all images without it" in words
