"""Tables of somebody else's: odd encodings are read, what is beyond measure is refused in one sentence."""

from pathlib import Path

import pandas as pd
import pytest

from core.datasets import table_reading
from core.datasets.attributes import kind_of, propose
from core.datasets.importing import ImportOptions, import_path
from core.datasets.recognition import recognise
from core.datasets.table_reading import read_table
from core.errors import ImportRefusedError, InvalidValueError
from tests.import_sources import make_csv_source, put_png, put_table

pytestmark = pytest.mark.usefixtures("home")


def table_of(folder: Path, content: bytes) -> pd.DataFrame:
    (folder / "t.csv").write_bytes(content)
    return read_table(folder / "t.csv")


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        table_of(folder, content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb2312"],
)
def test_chinese_is_read_in_whatever_encoding(tmp_path: Path, encoding: str) -> None:
    content = "image,类别\nx.png,肺炎\ny.png,正常\n".encode(encoding)
    assert table_of(tmp_path, content)["类别"].tolist() == ["肺炎", "正常"]


def test_windows_umlauts_are_not_taken_for_chinese(tmp_path: Path) -> None:
    assert table_of(tmp_path, "a,b\nGrün,Übel\n".encode("cp1252"))["a"].tolist() == ["Grün"]


def test_line_breaks_and_delimiters_inside_quotes_stay(tmp_path: Path) -> None:
    table = table_of(tmp_path, b'a,b\r\n"x\ny","1,2"\r\n')
    assert table.iloc[0].tolist() == ["x\ny", "1,2"]


def test_excels_first_line_says_the_delimiter(tmp_path: Path) -> None:
    assert list(table_of(tmp_path, b"sep=;\na,x;b\n1;2\n")) == ["a,x", "b"]


def test_formulas_are_text_and_nothing_is_taken_for_missing(tmp_path: Path) -> None:
    row = table_of(tmp_path, b'a,b,c\n=1+1,NA,"@SUM(A1)"\n').iloc[0].tolist()
    assert row == ["=1+1", "NA", "@SUM(A1)"]


def test_columns_of_one_name_are_numbered(tmp_path: Path) -> None:
    assert list(table_of(tmp_path, b"a, a ,a\n1,2,3\n")) == ["a", "a.1", "a.1.1"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"," * 1_000_000 + b"\n1\n", "line of a million characters|has 1000001 columns"),
        (b"a" + b",b" * 5000 + b"\n", "has 5001 columns; at most 1000 are read"),
        (b"a,b\n" + b"x" * 2_000_000 + b",1\n", "has a line of a million characters"),
        (b"a,b\n\x001,2\n" + b"3,4\n" * 50, "it holds NUL characters"),
        (b"a,b\n", "has no rows"),
        (b"", "cannot be read as a table"),
        (b'a,b\n"x,1\n', "cannot be read as a table"),
        (b"a,b\n1,2\n1,2,3\n4\n", "cannot be read as a table"),
    ],
)
def test_what_is_beyond_measure_or_no_table_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    import re

    assert re.search(text, refusal(tmp_path, content))


def test_a_table_larger_than_64_mb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reading, "_MAX_BYTES", 10)
    assert refusal(tmp_path, b"a,b\n1,2\n3,4\n") == "The table 't.csv' is larger than 64 MB."


def test_a_table_of_too_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reading, "_MAX_CELLS", 10)
    assert "has 14 cells" in refusal(tmp_path, b"a,b\n" + b"1,2\n" * 5)


def test_a_label_column_of_names_is_refused(tmp_path: Path) -> None:
    for n in range(2):
        put_png(tmp_path / "s" / f"{n}.png")
    rows = "".join(f"{n % 2}.png,Miller {n}\n" for n in range(1001))
    put_table(tmp_path / "s", "image,x\n" + rows)
    with pytest.raises(ImportRefusedError, match="There are 1001 different classes"):
        recognise(tmp_path / "s", ImportOptions(name="new", label_column="x"))


# What may be kept


def column(name: str, *values: str) -> "pd.Series[str]":
    return pd.Series(values * 4, name=name)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("age", ("34", "57", "081Y"), "age band"),
        ("Patient Age", ("34.5", "7", ""), "age band"),
        ("age", ("old", "young"), None),
        ("age", ("1934", "1957"), None),
        ("sex", ("M", "F"), "few values"),
        ("view", ("PA", "AP", ""), "few values"),
        ("PatientName", ("Miller", "Smith"), None),
        ("姓名", ("王", "李"), None),
        ("patientname", ("Miller", "Smith"), None),
        ("Nachname", ("Müller", "Schmidt"), None),
        ("dateofbirth", ("1950", "1960"), None),
        ("performed_by", ("Miller", "Smith"), None),
        ("Arzt", ("Müller", "Schmidt"), None),
        ("hospital", ("St Mary", "Mercy"), None),
        ("x", ("Dr. Miller", "Prof Smith"), None),
        ("x", ("Miller, Anna", "Smith, J."), None),
        ("site", ("A", "B"), "few values"),
        ("scanner", ("Left, upper", "drip"), "few values"),
        ("remark", ("yes", "no"), None),
        ("scanned", ("2020-01-02", "2021-03-04"), None),
        ("x", ("20200102", "20210304"), None),
        ("x", ("MILLER^ANNA", "SMITH^JO"), None),
        ("x", ("a@b.org", "c@d.org"), None),
        ("x", ("1.2.840.113619.2", "1.2.840.113619.3"), None),
        ("x", ("there was a shadow in the left lung", "none"), None),
        ("patient_id", ("p1", "p2"), None),
        ("weight", tuple(str(n) for n in range(40, 90)), None),
    ],
)
def test_ages_and_few_values_may_be_kept_and_nothing_that_tells_who(
    name: str, values: tuple[str, ...], kind: str | None
) -> None:
    assert kind_of(column(name, *values)) == kind


def test_each_value_alone_is_no_column_of_few_values() -> None:
    assert kind_of(pd.Series(["Ann", "Bob", "Eve", "Joe"], name="who")) is None


def test_what_is_proposed_says_how_many_values_it_has() -> None:
    table = pd.DataFrame({"image": ["1", "2"] * 3, "age": ["31", "39", "82"] * 2, "site": ["n"] * 6})
    found = [(one.name, one.kind, one.n_values, one.proposed) for one in propose(table, ["image"])]
    assert found == [("age", "age band", 2, True), ("site", "few values", 1, False)]


def test_a_column_that_tells_who_is_never_kept(tmp_path: Path, home: Path) -> None:
    make_csv_source(tmp_path / "s", "image,label,patient_id")
    table = (tmp_path / "s" / "labels.csv").read_text().splitlines()
    put_table(tmp_path / "s", "\n".join([table[0] + ",doctor", *(f"{line},Smith" for line in table[1:])]))
    with pytest.raises(InvalidValueError, match="The column 'doctor' cannot be kept"):
        import_path(tmp_path / "s", ImportOptions(name="new", keep_columns=("doctor",)))
    assert not (home / "datasets").exists()


def test_what_a_column_could_be_is_told_for_each(tmp_path: Path) -> None:
    make_csv_source(tmp_path / "s")
    facts = {one.name: one for one in recognise(tmp_path / "s", ImportOptions(name="new")).column_facts}
    assert facts["image"].roles[0] == "image"
    assert facts["label"].roles == ("label", "patient", "attribute")
    assert facts["patient_id"].roles == ("label", "patient")
    assert (facts["label"].n_distinct, facts["label"].n_empty) == (2, 0)
    assert facts["label"].examples == ("well", "sick")
    assert facts["patient_id"].examples == ()
