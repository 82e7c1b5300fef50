"""The bench table: each row names a measurement that exists, and prints what came out as it is."""

import json
from importlib import import_module

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks.budgets import BUDGETS
from benchmarks.records import Budget, Sample, Skipped


def five() -> Sample:
    return Sample((4.0, 5.0, 9.0), "a note")


def tabled() -> Sample:
    return Sample((4.0, 5.0, 9.0), table=("a   1", "b   2"))


def nothing() -> Sample:
    raise Skipped("there is nothing to measure")


def budget(builder: str, **changes: object) -> Budget:
    fields = {"name": "five", "what": "five things", "bound": "<=", "limit": 10.0, "unit": "s"} | changes
    return Budget(builder=f"tests.test_benchmarks:{builder}", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", BUDGETS, ids=lambda row: row.name)
def test_each_row_names_a_measurement(row: Budget) -> None:
    module, _, name = row.builder.partition(":")
    assert callable(getattr(import_module(module), name))
    assert row.limit is None or row.limit > 0


def test_names_are_unique() -> None:
    assert len({row.name for row in BUDGETS}) == len(BUDGETS)


@pytest.mark.parametrize(
    ("bound", "limit", "kept"), [("<=", 10, True), ("<=", 4, False), (">=", 4, True), (">=", 10, False)]
)
def test_the_median_is_held_against_the_limit(bound: str, limit: float, kept: bool) -> None:
    result = budget("five", bound=bound, limit=limit).measure()
    assert result.sample is not None
    assert result.sample.value == 5.0
    assert result.is_kept is kept


def test_a_quantile_may_be_held_against_the_limit() -> None:
    assert Sample(tuple(range(101)), quantile=0.95).value == 95.0


def test_json_is_one_object_and_a_row_over_budget_is_printed_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "BUDGETS", (budget("five", limit=4.0),))
    result = CliRunner().invoke(command.bench, ["--json"])
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["machine"]["cores"] >= 1
    assert answer["rows"] == [
        {
            "name": "five",
            "what": "five things",
            "budget": "<= 4 s",
            "limit": 4.0,
            "unit": "s",
            "measured": 5.0,
            "ratio_to_limit": 1.25,
            "kept": False,
            "n": 3,
            "low": 4.0,
            "high": 9.0,
            "note": "a note",
        }
    ]


def test_the_table_says_why_a_row_was_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "BUDGETS", (budget("nothing"), budget("five", limit=4.0)))
    lines = CliRunner().invoke(command.bench).stdout.splitlines()
    assert lines[-2].endswith("skipped: there is nothing to measure")
    assert lines[-1].endswith("OVER BUDGET; 4 to 9, n = 3; a note")


@pytest.mark.slow
def test_a_real_row_is_measured() -> None:
    result = CliRunner().invoke(command.bench, ["--json", "--only", "open_dataset"])
    row = json.loads(result.stdout)["rows"][0]
    assert row["name"] == "open_dataset"
    assert 0 < row["measured"] < 60


def test_a_row_without_a_limit_is_printed_with_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "BUDGETS", (budget("tabled", limit=None),))
    lines = CliRunner().invoke(command.bench).stdout.splitlines()
    cells = [cell.strip() for cell in lines[2].split("|")]
    assert cells == ["five things", "-", "5 s", "-", "4 to 9, n = 3"]
    assert lines[3:] == ["    a   1", "    b   2"]
    (row,) = json.loads(CliRunner().invoke(command.bench, ["--json"]).stdout)["rows"]
    assert (row["limit"], row["ratio_to_limit"], row["kept"]) == (None, None, None)
    assert row["table"] == ["a   1", "b   2"]
