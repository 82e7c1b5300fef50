"""What the coach says of a run on disk: on a page, on the command line, and from a damaged folder."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

import ui.coach_view
from core.cli.coach import coach
from core.errors import UserError
from core.evaluation.coach import SILENT, coach_run
from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import Parent
from core.runs.store import Run, create_run
from core.training.config import parse_config
from tests.coach_curves import Drawn, drawn, recorded
from tests.screens import texts
from ui.cache import MetricsLog
from ui.training.curves import finding_spans

QUIET = str(SILENT)


def on_disk(curve: Drawn, run_id: str = "a-run", *, parent: Parent | None = None) -> Run:
    """Write a run as its worker would have; its data set is gone."""
    config = parse_config({**curve.config.model_dump(mode="json"), "dataset": "gone"})
    run = create_run(config, dataset_revision="0", run_id=run_id, parent=parent)
    state: Any = "failed" if curve.error else "completed"
    status = JobStatus(kind="train", state=state, created_at=now(), launched_at=now(), error=curve.error)
    write_status(run.folder, status)
    for line in [*curve.steps, *curve.epochs]:
        append_metrics(run.folder, line)
    sides = ["train"] * curve.n_train + ["val"] * curve.n_val
    labels = [curve.class_names[number % len(curve.class_names)] for number in range(len(sides))]
    split = pd.DataFrame({"sample_id": range(len(sides)), "label": labels, "split": sides})
    split.to_parquet(run.folder / "split.parquet")
    return run


def _page() -> None:
    from core.runs.store import open_run
    from ui import cache
    from ui.coach_view import coach_findings, coach_view
    from ui.session import full, use_language

    use_language()
    run = open_run("a-run")
    log = cache.metrics(run)
    found = coach_findings(run, log)
    coach_view(run, log, found if full() else found[:1], key="there")


def opened(**session: Any) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=30)
    for key, value in ({"language": "en", "level": "full"} | session).items():
        app.session_state[key] = value
    return app.run()


def test_a_faulty_run_gets_a_card_with_its_numbers_and_a_way_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk(recorded("twelve-films"))
    gone: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(ui.coach_view, "go_again", lambda run_id, changes: gone.append((run_id, changes)))
    app = opened()
    assert not app.exception
    said = " ".join(texts(app))
    assert "It learns by heart (over-fitting)" in said
    assert "epochs 9 to 60" in said
    assert "from 0.685 to 1.13" in said
    app.button(key="there-coach-A-try").click().run()
    assert [(run_id, list(changes)) for run_id, changes in gone] == [("a-run", ["augmentations"])]


def test_a_healthy_run_gets_one_quiet_line(home: Path) -> None:
    on_disk(recorded("healthy-0"))
    app = opened()
    assert texts(app) == [QUIET]
    assert not app.button


def test_nothing_is_said_before_the_first_epoch_has_ended(home: Path) -> None:
    on_disk(drawn([], []))
    assert texts(opened()) == []


def test_chinese_is_complete(home: Path) -> None:
    on_disk(recorded("few-val"))
    said = " ".join(texts(opened(language="zh_Hans")))
    assert "验证图像太少，看不出来" in said
    assert "Bring in" not in said


def test_a_class_name_is_shown_as_it_is_and_not_as_markdown(home: Path) -> None:
    curve = recorded("rare-class")
    object.__setattr__(curve, "class_names", ("a", "b **b** <script>"))
    on_disk(curve)
    raw = " ".join(str(element.value) for element in opened().markdown)
    assert r"b \*\*b\*\* \<script\>" in raw
    assert "b **b**" not in raw


def test_the_coach_is_asked_once_an_epoch(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = recorded("healthy-three-0")
    run = on_disk(Drawn(curve.config, curve.epochs[:-1], curve.steps, curve.n_train, curve.n_val))
    asked = []
    real = coach_run
    monkeypatch.setattr(ui.coach_view, "coach_run", lambda *rest: asked.append(1) or real(*rest))
    app = opened()
    app.run()
    app.run()
    assert len(asked) == 1
    append_metrics(run.folder, curve.epochs[-1])
    app.run()
    assert len(asked) == 2


def test_a_run_whose_split_is_lost_or_foreign_leaves_the_page_standing(home: Path) -> None:
    run = on_disk(recorded("twelve-films"))
    for damage in (b"no parquet", None):
        path = run.folder / "split.parquet"
        path.unlink() if damage is None else path.write_bytes(damage)
        app = opened()
        assert not app.exception
        assert not app.button
        result = CliRunner().invoke(coach, ["a-run"])
        assert isinstance(result.exception, UserError)
        assert "split.parquet" in str(result.exception)


def test_the_command_prints_each_finding_as_json(home: Path) -> None:
    on_disk(recorded("nan"))
    result = CliRunner().invoke(coach, ["a-run", "--json"], catch_exceptions=False)
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["kind"] == "nan"
    assert finding["changes"] == {"learning_rate": 0.1}
    assert finding["title"] == "The loss is no longer a number"


def test_the_command_says_what_to_set_and_is_quiet_about_a_healthy_run(home: Path) -> None:
    on_disk(recorded("rate-high"))
    on_disk(recorded("healthy-1"), "b-run")
    said = CliRunner().invoke(coach, ["a-run"], catch_exceptions=False).stdout
    assert said.startswith("The learning rate seems too high (epoch 1)\n")
    assert said.endswith("    --set learning_rate=0.1\n")
    assert CliRunner().invoke(coach, ["b-run"], catch_exceptions=False).stdout == QUIET + "\n"


def test_a_branch_on_disk_is_judged_from_its_epoch_on(home: Path) -> None:
    curve = recorded("twelve-films")
    assert [finding.kind for finding in coach_run(on_disk(curve))] == ["over_fitting"]
    branch = on_disk(curve, "a-branch", parent=Parent(run="a-run", epoch=58))
    assert coach_run(branch) == ()


def test_a_finding_is_marked_over_its_epochs_and_their_steps(home: Path) -> None:
    curve = recorded("twelve-films")
    run = on_disk(curve)
    log = MetricsLog(run.folder)
    log.update()
    found = coach_run(run)
    (span,) = finding_spans(found, log, "epoch")
    assert (span.low, span.high, span.label) == (8, 60, "A")
    (span,) = finding_spans(found, log, "step")
    per_epoch = curve.epochs[0].step
    assert (span.low, span.high) == (8 * per_epoch, 60 * per_epoch)
