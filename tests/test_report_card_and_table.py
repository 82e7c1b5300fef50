"""The model card and the table of predictions: their numbers, what they never tell, what they never run."""

import csv
import json
from io import BytesIO, StringIO
from zipfile import ZipFile

import numpy as np
import pytest

from core.evaluation.decisions import decide
from core.report import writing
from core.report.facts import in_brackets, threshold_words
from core.report.markdown import escaped
from core.report.missing import missing_from
from core.report.pdf import NO_PDF
from core.report.study import Asked
from core.report.table import harmless, predictions_csv
from core.report.writing import bundle, card_fields, model_card_md
from core.runs.records import ModelCard
from tests.report_studies import card_of, draw, study_of

SECTIONS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
    "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
]  # fmt: skip


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def test_the_card_has_the_sections_of_mitchell_and_others() -> None:
    lines = model_card_md(study_of()).splitlines()
    assert [line[3:] for line in lines if line.startswith("## ")] == SECTIONS
    assert "never for diagnosis" in lines[2]


def test_the_card_has_every_metric_with_its_n() -> None:
    study = study_of()
    text = model_card_md(study)
    for metric in study.evaluation.metrics.values():
        assert f"| {escaped(in_brackets(metric))} | {metric.n:,} |" in text


def test_names_cannot_become_links_tags_or_columns() -> None:
    names = ("[a](https://evil.example)", "b|<img src=x>")
    text = model_card_md(study_of(draw(names=names)))
    assert "](" not in text.replace("\\](", "")
    assert "<img" not in text.replace("\\<img", "")
    assert "https://evil" not in text
    header = next(line for line in text.splitlines() if line.startswith("| ") and "img" in line)
    assert header.replace("\\|", "").count("|") == 6  # split, images, patients, and two classes


def test_the_fields_are_still_a_model_card() -> None:
    study = study_of()
    fields = json.loads(json.dumps(card_fields(study)))
    card = ModelCard.model_validate(fields)
    auroc = study.evaluation.metrics["auroc"]
    found = card.metrics["test"]["auroc"]
    assert (found.value, found.low, found.high, found.n) == (auroc.value, auroc.low, auroc.high, auroc.n)
    assert card.class_names == study.predictions.class_names
    assert fields["model_card"]["threshold"] == 0.4
    assert {one["name"] for one in fields["model_card"]["missing"]} >= {"reference unknown"}


def test_metrics_of_another_data_set_do_not_replace_its_own() -> None:
    study = study_of(asked=Asked("run-1", "test", "elsewhere"))
    assert list(card_fields(study)["metrics"]) == ["elsewhere.test"]


def test_the_table_says_what_the_network_said() -> None:
    study = study_of(draw(50))
    found, rows = study.predictions, rows_of(predictions_csv(study))
    assert [int(row["image"]) for row in rows] == found.sample_ids.tolist()
    assert [row["truth"] for row in rows] == [found.class_names[index] for index in found.y_true]
    called = decide(found, study.asked.threshold)
    assert [row["called"] for row in rows] == [found.class_names[index] for index in called]
    scores = np.array([[float(row[f"probability: {name}"]) for name in found.class_names] for row in rows])
    np.testing.assert_allclose(scores, found.y_score, atol=5e-7)
    assert {row["notice"] for row in rows} == {"For teaching and demonstration, never for diagnosis."}


def test_patients_are_numbered_anew_and_stay_together() -> None:
    study = study_of(draw(50))
    text = predictions_csv(study)
    assert "secret" not in text
    assert [row["patient"] for row in rows_of(text)] == [str(1 + index // 2) for index in range(50)]


def test_unknown_patients_have_no_number() -> None:
    assert {row["patient"] for row in rows_of(predictions_csv(study_of(draw(50, known=False))))} == {""}


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@cmd", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_is_a_formula(name: str) -> None:
    assert harmless(name) == f"'{name}"
    rows = rows_of(predictions_csv(study_of(draw(50, names=("fine", name)))))
    assert {row["truth"] for row in rows} == {"fine", f"'{name}"}


def test_simulated_data_say_so_in_every_row() -> None:
    study = study_of(draw(50), card=card_of(draw(50), simulated=True))
    assert all(row["notice"].startswith("SIMULATED. ") for row in rows_of(predictions_csv(study)))


def test_the_bundle_is_the_same_each_time_and_has_no_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "report_pdf", lambda html: NO_PDF)  # which takes seconds
    first, second = (bundle(study_of(draw(40))) for _ in range(2))
    with ZipFile(BytesIO(first)) as one, ZipFile(BytesIO(second)) as two:
        names = one.namelist()
        assert all(one.read(name) == two.read(name) for name in names)
        assert not any(b"secret-" in one.read(name) for name in names)
        assert one.read("predictions.csv").startswith(b"\xef\xbb\xbfimage,")


def test_a_threshold_of_many_digits_is_not_printed_as_another_one() -> None:
    """From 0.0031 on, to two decimals, would be from nought on: everybody."""
    study = study_of(asked=Asked("run-1", "test", threshold=0.0031, threshold_from="unknown"))
    assert "from a probability of 0.0031 on" in threshold_words(study)
    assert any("(0.0031)" in str(one.text) for one in missing_from(study))
    assert "0.0031" in writing.html_of(study, "one page")
