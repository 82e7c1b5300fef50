"""Several findings of one image, grades, and what of it is told: the numbers are counted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets.classes import class_name, ordinal_caveat
from core.datasets.findings import against_rest, from_columns, from_text, separator_of
from core.datasets.importing import import_path
from core.datasets.options import ImportOptions
from core.datasets.plan import FindingCount, ImportPlan
from core.datasets.recognition import recognise
from core.datasets.store import open_dataset
from core.errors import ImportRefusedError, UnknownNameError
from tests.import_sources import labels, put_npz, put_png, put_table

pytestmark = pytest.mark.usefixtures("home")

# As ChestX-ray14's Data_Entry_2017.csv says it: 2 x Mass, 3 x Effusion, 2 healthy.
CHEST = ("Effusion|Mass", "Effusion", "No Finding", "Mass", "No Finding", "Effusion|Nodule")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for n in range(len(CHEST)):
        put_png(folder / "images" / f"{n}.png")
    return folder


def put_chest(source: Path) -> None:
    rows = "".join(f"{n}.png,{value},{n // 2},{50 + n}\n" for n, value in enumerate(CHEST))
    put_table(source, "Image Index,Finding Labels,Patient ID,Patient Age\n" + rows)


def plan(source: Path, **options: object) -> ImportPlan:
    return recognise(source, ImportOptions.model_validate({"name": "new", **options}))


def test_findings_of_a_text_column_are_counted_and_the_most_common_is_looked_at_first(source: Path) -> None:
    put_chest(source)
    found = plan(source)
    assert found.columns.label == "Finding Labels"
    assert found.findings == (
        FindingCount(name="Effusion", n_images=3, n_alone=1),
        FindingCount(name="Mass", n_images=2, n_alone=1),
        FindingCount(name="Nodule", n_images=1, n_alone=0),
        FindingCount(name="No Finding", n_images=2, n_alone=2),
    )
    assert (found.finding, found.class_counts) == ("Effusion", {"no Effusion": 3, "Effusion": 3})
    assert str(found.question).startswith("Several findings are named for one image. Choose one of them")


def test_an_import_asks_for_the_finding_and_keeps_nothing(source: Path, home: Path) -> None:
    put_chest(source)
    with pytest.raises(ImportRefusedError, match=r"Choose one of them, against the rest: 'Effusion' \(3\)"):
        import_path(source, ImportOptions(name="new"))
    assert not (home / "datasets").exists()


def test_one_finding_against_the_rest_says_what_that_leaves_out(source: Path) -> None:
    put_chest(source)
    info = import_path(source, ImportOptions(name="new", finding="Mass", keep_columns=("Patient Age",))).info
    assert labels() == ["Mass", "no Mass", "no Mass", "Mass", "no Mass", "no Mass"]
    assert (info.class_names, info.positive_class, info.n_patients) == (("no Mass", "Mass"), "Mass", 3)
    assert [str(caveat) for caveat in info.caveats] == [
        "The source may name several findings of one image. Kept is one question: 'Mass', or not?",
        "1 of the 2 images with 'Mass' show other findings too, which are not kept.",
        "The rest is not healthy: 2 of its 4 images show another finding.",
    ]
    assert open_dataset("new").samples["Patient Age"].tolist() == ["50-59"] * 6


def test_no_finding_against_the_rest_puts_what_was_found_last(source: Path) -> None:
    put_chest(source)
    found = plan(source, finding="No Finding")
    assert list(found.class_counts.items()) == [("No Finding", 2), ("any finding", 4)]


def test_an_unknown_finding_is_refused(source: Path) -> None:
    put_chest(source)
    with pytest.raises(UnknownNameError, match="There is no finding 'mass'. Did you mean 'Mass'?"):
        plan(source, finding="mass")


def test_one_class_of_a_plain_column_may_stand_against_the_rest(source: Path) -> None:
    rows = "".join(f"{n}.png,{'abc'[n % 3]}\n" for n in range(6))
    put_table(source, "image,label\n" + rows)
    assert plan(source, finding="b").class_counts == {"no b": 4, "b": 2}
    assert plan(source).findings == ()


def test_columns_of_yes_and_no_are_findings_and_unsure_rows_are_left_out(source: Path) -> None:
    """CheXpert: 1, 0, -1 for "not sure", empty for "not mentioned"."""
    rows = ("1.0,0.0", "-1.0,1.0", ",", "1.0,1.0", "0.0,", "0.0,1.0")
    table = "Path,Edema,Fracture\n" + "".join(f"images/{n}.png,{row}\n" for n, row in enumerate(rows))
    put_table(source, table)
    found = plan(source, finding="Edema")
    assert [(count.name, count.n_images) for count in found.findings] == [("Fracture", 3), ("Edema", 2)]
    assert found.class_counts == {"no Edema": 2, "Edema": 2}
    assert str(found.caveats[-1]) == (
        "2 images are left out: the source is not sure about them, or says nothing."
    )
    assert [skip.ordinal for skip in found.skips if skip.ordinal <= 6] == [2, 3]


def test_columns_of_which_each_image_has_one_are_plain_classes(source: Path) -> None:
    """ISIC 2018: one column a class."""
    rows = "".join(f"{n}.png,{','.join(str(int(n % 3 == k)) for k in range(3))}\n" for n in range(6))
    put_table(source, "image,MEL,NV,BCC\n" + rows)
    found = plan(source)
    assert (found.question, found.class_counts) == (None, {"BCC": 2, "MEL": 2, "NV": 2})


def test_a_label_column_wins_over_columns_of_yes_and_no_which_are_offered(source: Path) -> None:
    rows = "".join(f"{n}.png,{'ab'[n % 2]},{n % 2},{n // 3}\n" for n in range(6))
    put_table(source, "image,label,wet,cold\n" + rows)
    found = plan(source)
    assert (found.class_counts, found.finding) == ({"a": 3, "b": 3}, None)
    assert {count.name for count in found.findings} == {"wet", "cold"}


def put_multilabel(path: Path) -> None:
    flags = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.uint8)
    put_npz(path, train_images=np.zeros((4, 4, 4), np.uint8), train_labels=flags)


def test_a_label_array_of_several_columns_is_one_finding_against_the_rest(source: Path) -> None:
    put_multilabel(source / "x.npz")
    found = plan(source / "x.npz", finding="class 1")
    assert found.class_counts == {"no class 1": 2, "class 1": 2}
    assert str(found.caveats[2]) == "The rest is not healthy: 1 of its 2 images show another finding."
    assert plan(source / "x.npz").question is not None


def test_a_separator_is_seen_by_how_it_is_used() -> None:
    assert separator_of(pd.Series(["a|b", "a"])) == "|"
    assert separator_of(pd.Series(["a; b", "b; c", "a; c", "a", "a; b; c"])) == ";"
    assert separator_of(pd.Series(["lung, left", "lung, right"])) is None
    assert separator_of(pd.Series(["benign", "malignant"])) is None


def test_a_finding_that_is_never_named_with_another_leaves_nothing_out() -> None:
    findings = from_text(pd.Series(["a", "b", ""]), "|")
    answer = against_rest(findings, "a")
    assert answer.labels == ["a", "no a", None]
    assert [caveat.values.get("n") for caveat in answer.caveats] == [None, 0, 1, 1]


def test_an_empty_cell_among_others_is_no_and_a_row_of_them_is_unknown() -> None:
    findings = from_columns(pd.DataFrame({"x": ["1", "", ""], "y": ["", "0", ""]}), ["x", "y"])
    assert against_rest(findings, "x").labels == ["x", "no x", None]


# Grades


@pytest.mark.parametrize(
    ("names", "column", "first", "last"),
    [
        (("grade 0", "grade 1", "grade 2"), None, "grade 0", "grade 2"),
        (("KL-0", "KL-4", "KL-2"), None, "KL-0", "KL-4"),
        (("0", "1", "2", "10"), "retinopathy_grade", "0", "10"),
    ],
)
def test_grades_are_told_with_what_their_order_means(
    names: tuple[str, ...], column: str | None, first: str, last: str
) -> None:
    caveat = ordinal_caveat(names, column)
    assert caveat is not None
    assert (caveat.values["first"], caveat.values["last"]) == (first, last)
    assert "the order is lost" in str(caveat)


@pytest.mark.parametrize("names", [("0", "1", "2"), ("grade 1", "grade 2"), ("a", "b", "c")])
def test_other_classes_have_no_order(names: tuple[str, ...]) -> None:
    assert ordinal_caveat(names, "label") is None


def test_graded_folders_say_so_in_the_data_set(source: Path) -> None:
    for n in range(3):
        put_png(source / "set" / f"grade {n}" / "x.png")
    info = import_path(source / "set", ImportOptions(name="new")).info
    assert "from 'grade 0' to 'grade 2'" in str(info.caveats[0])


# Names of classes


def test_a_class_name_is_one_visible_line_of_100_characters() -> None:
    assert class_name("  a\n\tb  ") == "a b"
    assert class_name("a\x07\u202eb\x00") == "a\\u0007\\u202eb\\u0000"
    assert class_name("کتاب‌ها") == "کتاب‌ها"  # with a joiner, as it is spelt
    assert (len(class_name("x" * 500)), class_name("x" * 500)[-1]) == (100, "…")
    assert class_name(class_name("\u202e" * 60)) == class_name("\u202e" * 60)
