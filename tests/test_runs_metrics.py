"""metrics.jsonl survives a kill at any byte, and a reader never sees half a line."""

from pathlib import Path

import pytest

from core.runs.metrics import append_metrics, cut_metrics, read_metrics
from core.runs.records import EpochMetrics, StepMetrics


def step(number: int, *, seconds: float = 0.5) -> StepMetrics:
    return StepMetrics(
        step=number, epoch=number / 4, loss=0.25, learning_rate=1e-3, images_per_second=100.0, seconds=seconds
    )


def epoch(number: int) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        step=4 * number,
        train_loss=0.5,
        val_loss=0.75,
        val_accuracy=0.5,
        val_auroc=None,
        learning_rate=1e-3,
        images_per_second=100.0,
        seconds=1.0,
    )


ALL = [step(2), step(4), epoch(1), step(6), step(8), epoch(2), step(10)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for line in ALL:
        append_metrics(tmp_path, line)
    return tmp_path


def test_lines_come_back_as_they_were_written(run: Path) -> None:
    tail = read_metrics(run)
    assert tail.lines == ALL
    assert tail.offset == (run / "metrics.jsonl").stat().st_size
    assert not tail.starts_over


def test_reading_goes_on_from_the_offset(run: Path) -> None:
    offset = read_metrics(run).offset
    assert read_metrics(run, offset).lines == []
    append_metrics(run, step(12))
    tail = read_metrics(run, offset)
    assert tail.lines == [step(12)]
    assert read_metrics(run, tail.offset).lines == []


def test_no_file_is_no_lines(tmp_path: Path) -> None:
    tail = read_metrics(tmp_path)
    assert (tail.lines, tail.offset, tail.starts_over) == ([], 0, False)
    assert read_metrics(tmp_path, 100).starts_over
    cut_metrics(tmp_path, step=0, epoch=0)
    assert not (tmp_path / "metrics.jsonl").exists()


def test_a_reader_at_every_byte_sees_whole_lines_only(tmp_path: Path, run: Path) -> None:
    content = (run / "metrics.jsonl").read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    seen, offset = [], 0
    for end in range(0, len(content) + 1, 7):
        (other / "metrics.jsonl").write_bytes(content[:end])
        tail = read_metrics(other, offset)
        assert not tail.starts_over
        seen, offset = seen + tail.lines, tail.offset
    (other / "metrics.jsonl").write_bytes(content)
    assert seen + read_metrics(other, offset).lines == ALL


def test_a_torn_line_is_left_out(run: Path) -> None:
    path = run / "metrics.jsonl"
    torn = b'{"kind":"step","step":12,"epo\n' + b"\x00\x00\x00\n" + b'{"kind":"epoch","epoch":3}\n'
    path.write_bytes(path.read_bytes() + torn)
    append_metrics(run, step(14))
    assert read_metrics(run).lines == [*ALL, step(14)]
    cut_metrics(run, step=100, epoch=100)
    assert read_metrics(run).lines == [*ALL, step(14)]
    assert b"\x00" not in path.read_bytes()


def test_cutting_keeps_what_the_checkpoint_has_seen(run: Path) -> None:
    cut_metrics(run, step=6, epoch=1)
    assert read_metrics(run).lines == [step(2), step(4), epoch(1), step(6)]


def test_cutting_takes_an_epoch_line_whose_checkpoint_was_not_written(run: Path) -> None:
    cut_metrics(run, step=8, epoch=1)  # killed between the line of epoch 2 and its save
    assert read_metrics(run).lines == [step(2), step(4), epoch(1), step(6), step(8)]


def test_cutting_without_a_checkpoint_takes_everything(run: Path) -> None:
    cut_metrics(run, step=0, epoch=0)
    assert (run / "metrics.jsonl").read_bytes() == b""


def test_cutting_drops_an_unfinished_last_line(run: Path) -> None:
    path = run / "metrics.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + step(12).model_dump_json().encode())  # all there but its end of line
    cut_metrics(run, step=100, epoch=100)
    assert path.read_bytes() == whole


def test_a_reader_is_told_when_the_file_was_cut_back(run: Path) -> None:
    offset = read_metrics(run).offset
    cut_metrics(run, step=4, epoch=1)
    tail = read_metrics(run, offset)
    assert tail.starts_over
    assert tail.lines == [step(2), step(4), epoch(1)]


def test_a_reader_is_told_when_the_file_was_cut_back_and_grew_past_its_offset(run: Path) -> None:
    offset = read_metrics(run).offset
    cut_metrics(run, step=4, epoch=1)
    after = [step(6, seconds=123.456), step(8), epoch(2), step(10), step(12)]
    for line in after:
        append_metrics(run, line)
    assert (run / "metrics.jsonl").stat().st_size > offset
    tail = read_metrics(run, offset)
    assert tail.starts_over
    assert tail.lines == [step(2), step(4), epoch(1), *after]
