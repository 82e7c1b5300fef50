"""Readings on disk: what survives a kill, two tabs, a deletion, and names from outside."""

import pytest

from core.errors import InvalidValueError, NameTakenError, StateError
from core.reading.records import LONGEST_NAME
from core.reading.store import (
    add_reader,
    delete_reading,
    end_pass,
    list_readers,
    list_readings,
    open_reading,
    read_reader,
    record,
    save_plan,
)
from core.workspace import readings_dir
from tests.reading_cases import answer, plan_over, predictions


@pytest.fixture
def plan(home):
    found = plan_over(predictions([0, 1, 1], [0.2, 0.8, 0.4]))
    save_plan(found)
    return found


def answer_all(plan, reader, pass_number=1):
    for case in range(plan.n):
        record(plan, reader, answer(case, case % 2, pass_number=pass_number))


def test_a_plan_comes_back_as_it_was(plan):
    assert open_reading(plan.reading) == plan
    assert list_readings().plans == (plan,)


def test_a_torn_answer_costs_that_answer_alone_and_the_next_one_is_whole(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    record(plan, reader, answer(0, 1))
    path = readings_dir() / plan.reading / f"{reader}.jsonl"
    whole = path.read_bytes()
    record(plan, reader, answer(1, 0))
    last = path.read_bytes()[len(whole) :]
    for cut in range(1, len(last) - 1):
        path.write_bytes(whole + last[:cut])
        assert read_reader(plan.reading, reader).answers[1].keys() == {0}
    found = record(plan, reader, answer(2, 1))
    assert found.answers[1].keys() == {0, 2}


def test_the_later_answer_counts_until_the_pass_is_over(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    answer_all(plan, reader)
    assert record(plan, reader, answer(0, 1, 3)).answers[1][0].called == 1
    end_pass(plan, reader, 1)
    with pytest.raises(StateError, match="This pass is over for Reader A"):  # another tab still shows it
        record(plan, reader, answer(0, 0))
    assert read_reader(plan.reading, reader).answers[1][0].called == 1


def test_a_pass_ends_when_all_is_answered_and_the_second_may_be_left_out(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    record(plan, reader, answer(0, 1))
    with pytest.raises(StateError, match="1 of 3 cases are answered"):
        end_pass(plan, reader, 1)
    with pytest.raises(StateError):
        record(plan, reader, answer(0, 1, pass_number=2))
    answer_all(plan, reader)
    assert end_pass(plan, reader, 1).now == 2
    done = end_pass(plan, reader, 2)
    assert done.now is None
    assert not done.had_help


def test_half_a_second_pass_cannot_be_ended(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    answer_all(plan, reader)
    end_pass(plan, reader, 1)
    record(plan, reader, answer(0, 1, pass_number=2))
    with pytest.raises(StateError):
        end_pass(plan, reader, 2)
    answer_all(plan, reader, pass_number=2)
    assert end_pass(plan, reader, 2).had_help


@pytest.mark.parametrize("name", ["", "   ", "\x00\n", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_one_is_refused(plan, name):
    with pytest.raises(InvalidValueError):
        add_reader(plan.reading, name)
    assert list_readers(plan.reading) == []


def test_hostile_names_are_kept_as_text_on_one_line(plan):
    name = '"}\n{"kind":"end","pass_number":1}'
    with pytest.raises(InvalidValueError, match="Reader A"):
        add_reader(plan.reading, "\t")
    reader = add_reader(plan.reading, name)
    assert reader.name == '"} {"kind":"end","pass_number":1}'
    found = read_reader(plan.reading, reader.reader)
    assert (found.name, found.now) == (reader.name, 1)


def test_two_readers_have_two_names(plan):
    add_reader(plan.reading, "Reader A")
    with pytest.raises(NameTakenError):
        add_reader(plan.reading, "reader a")
    add_reader(plan.reading, "Reader B")
    assert [reader.name for reader in list_readers(plan.reading)] == ["Reader A", "Reader B"]


@pytest.mark.parametrize("code", ["../../etc", "", "0123abcX", "ffffffff", "0123abcd/..", "0123ABCD"])
def test_a_code_that_is_none_opens_and_deletes_nothing(plan, code):
    with pytest.raises(StateError, match="no reading"):
        open_reading(code)
    delete_reading(code)
    assert open_reading(plan.reading) == plan


def test_a_deleted_reading_is_gone_also_for_who_still_reads(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    delete_reading(plan.reading)
    delete_reading(plan.reading)
    assert list_readings().plans == ()
    with pytest.raises(StateError, match="it was deleted"):
        record(plan, reader, answer(0, 1))
    assert not (readings_dir() / plan.reading).exists()


def test_a_damaged_plan_is_counted_and_hides_no_other(plan):
    folder = readings_dir() / "deadbeef"
    folder.mkdir()
    (folder / "plan.json").write_text('{"reading": 1')
    found = list_readings()
    assert (found.plans, found.n_damaged) == ((plan,), 1)
    with pytest.raises(StateError, match="damaged"):
        open_reading("deadbeef")


def test_a_case_or_class_that_is_not_there_is_refused(plan):
    reader = add_reader(plan.reading, "Reader A").reader
    for wrong in (answer(3, 0), answer(0, 2)):
        with pytest.raises(InvalidValueError):
            record(plan, reader, wrong)
