"""Runs beside each other on the Runs page: the sentence, the curves, the settings, what is folded."""

import csv
import io
import json
import re

import numpy as np
import pytest

from core.datasets.store import delete_dataset
from core.jobs.status import now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics
from core.runs.settings import differing, groups_but_for
from core.runs.store import open_run
from core.statistics.smoothing import smooth
from core.training.config import parse_config
from tests.compared import answer, make_compared
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny
from ui import answers
from ui.runs import compare_curves
from ui.runs.compare_log import CurveLog
from ui.runs.compare_results import _csv
from ui.runs.compare_settings import setting_words

PAIR = ["weak", "strong"]
SEEDS = [f"seed-{seed}" for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def runs_home(tmp_path_factory):
    """A home with runs of the same images, of other ones, and of three seeds; it is only read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        write_tiny("tiny", n_images=400)
        make_compared("weak", luck=1, gain=0.3)
        make_compared("strong", luck=2, gain=3.0, learning_rate=0.01)
        make_compared("alike", luck=3, gain=0.4, augmentations=[])
        make_compared("elsewhere", luck=4, split={"scheme": "70/20/10", "seed": 3})
        for seed in (1, 2, 3):
            make_compared(f"seed-{seed}", luck=10 + seed, learning_rate=0.001, seed=seed)
        yield


def compared(names, **options):
    """Open the Runs page with these runs chosen."""
    return open_page("runs", **{"runs-chosen": list(names), **options})


def panels(app):
    """Return what the live chart of the comparison was given."""
    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        if "panels" in data:
            return data
    raise AssertionError("there is no live chart")


def test_two_runs_get_one_sentence_with_gain_interval_and_n(runs_home):
    app = compared(PAIR)
    assert not app.exception
    said = [text for text in texts(app) if "strong is better by" in text]
    assert len(said) == 1
    assert re.search(
        r"by 0\.\d\d in AUROC for 'finding' \(0\.\d\d to 0\.\d\d\), n = \d+ images of \d+ patients", said[0]
    )
    assert shows(app, "Judged on the validation split. Each run's best epoch was chosen on it")


def test_the_order_of_choosing_does_not_change_the_sentence(runs_home):
    first, second = (
        [text for text in texts(compared(names)) if "is better by" in text] for names in (PAIR, PAIR[::-1])
    )
    assert first == second


def test_what_cannot_be_told_is_said_with_the_patients_it_would_take(runs_home):
    app = compared(["weak", "alike"])
    assert any(
        text.startswith("##### Cannot tell with") and "patients would be needed" in text
        for text in texts(app)
    )


def test_only_what_differs_is_shown_of_the_settings(runs_home):
    app = compared(PAIR)
    table = next(element.value for element in app.table if "Setting" in element.value.columns)
    assert table.to_dict("records") == [{"Setting": "Learning rate", "weak": r"0\.003", "strong": r"0\.01"}]


def test_runs_of_other_images_are_refused_in_one_sentence(runs_home):
    app = compared(["weak", "elsewhere"])
    assert shows(app, "were not judged on the same images")
    assert not shows(app, "is better by")
    assert panels(app)["panels"][2]["series"]  # the curves are there all the same


def test_several_runs_are_counted_and_corrected(runs_home):
    app = compared([*PAIR, "alike"])
    assert shows(app, "Against weak in AUROC for 'finding': 1 better, 0 worse, of 1 it cannot be told.")
    assert shows(app, "corrected for their number (Holm)")
    assert shows(app, "- strong is better by 0.")
    app.selectbox(key="compare-reference").set_value("strong").run()
    assert shows(app, "Against strong in AUROC for 'finding': 0 better, 2 worse, of 0 it cannot be told.")


def test_basic_has_no_controls_over_the_curves_and_full_has_three(runs_home):
    assert not [one for one in compared(PAIR).selectbox if one.key == "compare-metric"]
    app = compared(PAIR, level="full")
    assert app.selectbox(key="compare-metric").value == "auroc"
    assert app.slider(key="compare-smoothing").value == 0


def test_curves_follow_the_chosen_axis_and_keep_the_raw_line(runs_home):
    app = compared(PAIR, level="full", **{"compare-axis": "time", "compare-smoothing": 0.5})
    data = panels(app)
    assert data["axis"] == "time"
    training = data["panels"][0]["series"]
    assert [one["name"] for one in training] == ["weak (raw)", "weak", "strong (raw)", "strong"]
    assert [one["faint"] for one in training] == [True, False, True, False]
    assert training[0]["xs"] == [1, 2, 3, 4, 5, 6]  # seconds
    assert training[0]["ys"] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])
    assert training[1]["ys"] == pytest.approx(smooth([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6], 0.5).tolist())
    assert data["panels"][2]["series"][0]["xs"] == [2, 4, 6]


def test_nine_runs_use_dashes_and_twenty_leave_the_rest_grey(monkeypatch):
    looks = compare_curves._looks([f"r{number}" for number in range(9)])
    assert [look.dashed for look in looks.values()] == [False] * 8 + [True]
    monkeypatch.setattr(compare_curves, "_choose_coloured", lambda names: list(names[:3]))
    looks = compare_curves._looks([f"r{number}" for number in range(20)])
    assert sum(look.faint for look in looks.values()) == 17
    assert [name for name, look in looks.items() if not look.faint] == ["r0", "r1", "r2"]
    assert all(look.colour != "grey" for look in looks.values() if not look.faint)


def test_all_metrics_both_curves_and_disagreements_stand_in_a_fold(runs_home):
    app = compared(PAIR, level="full", **{"compare-more": True})
    assert not app.exception
    table = next(one.value for one in app.dataframe if "Verdict" in one.value.columns)
    assert len(table) == 10
    assert set(table["Verdict"]) <= {"better", "cannot tell"}
    assert shows(app, "Which of the two finds more of 'finding'")
    assert shows(app, "differently: strong is right on")
    assert 0 < len([1 for text in texts(app) if text.startswith("**truly")]) <= 12


def test_seeds_of_the_same_settings_stand_as_one_point(runs_home):
    app = compared([*PAIR, *SEEDS], level="full", **{"compare-scatter": True})
    assert app.selectbox(key="compare-setting").value == "learning_rate"
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    traces = {trace["name"]: trace for trace in charts[-1]["data"]}
    assert traces["mean of several seeds, from lowest to highest"]["text"] == ["3 seeds"]
    assert len(traces["one run, 95 % interval"]["text"]) == 2


def test_the_final_table_leaves_as_numbers_with_the_notice(runs_home):
    app = compared(PAIR, level="full", **{"compare-results": True})
    table = next(one.value for one in app.dataframe if "Best epoch" in one.value.columns)
    assert list(table["Run"]) == PAIR
    assert list(table["Epochs"]) == ["3/3", "3/3"]
    runs = [open_run(name) for name in PAIR]
    content = _csv(runs, {run.run_id: answers.evaluation(run, "val") for run in runs}).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert [row[0] for row in rows[1:3]] == PAIR
    assert float(rows[2][rows[0].index("auroc")]) > float(rows[1][rows[0].index("auroc")])
    assert "never for diagnosis" in rows[-1][0]


def test_the_test_split_is_sealed_until_it_is_opened_for_all(runs_home):
    app = compared(PAIR, level="full")
    assert app.button(key="compare-open-test").label == "Open it for 2 runs"
    half = compared(PAIR, level="full", opened=[answers.seal_of(open_run("weak"))])
    assert half.button(key="compare-open-test").label == "Open it for 1 run"


def test_an_opened_test_split_is_judged_and_each_run_has_one_look_more(home):
    write_tiny("tiny", n_images=200)
    runs = [make_compared("a", luck=1), make_compared("b", luck=2, learning_rate=0.01)]
    for place, run in enumerate(runs):
        answer(run, split="test", luck=place, gain=1 + 3 * place)
    app = compared(["a", "b"], level="full")
    app.button(key="compare-open-test").click().run()
    assert not app.exception
    assert shows(app, "Judged on the test split")
    assert [len((run.folder / "looks.jsonl").read_text().splitlines()) for run in runs] == [1, 1]


def test_a_run_that_was_not_asked_is_asked_behind_a_button(home):
    write_tiny("tiny", n_images=100)
    runs = [make_compared("a", luck=1), make_compared("b", luck=2)]
    next((runs[1].folder / "predictions").iterdir()).unlink()
    app = compared(["a", "b"])
    assert shows(app, "One run has not been asked about these images yet.")
    assert app.button(key="compare-ask").label == "Ask now"


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_compared(home):
    write_tiny("tiny", n_images=100)
    runs = [make_compared(name, luck=place) for place, name in enumerate("abc")]
    app = compared(["a", "b", "c"])
    (runs[2].folder / "config.json").write_text('{"config": {"epochs": "many"}}')
    app.run()
    assert not app.exception
    assert shows(app, "'config.json' of 'c' cannot be used here")
    assert shows(app, "Cannot tell")


def test_a_run_in_training_has_curves_but_no_verdict(home):
    write_tiny("tiny", n_images=100)
    runs = [make_compared(name, luck=place) for place, name in enumerate("ab")]
    status = runs[1].status
    write_status(runs[1].folder, status.model_copy(update={"state": "queued", "launched_at": now()}))
    app = compared(["a", "b"])
    assert shows(app, "Which is better can be said once two of them are done.")
    assert len(panels(app)["panels"][2]["series"]) == 2


def test_a_run_that_is_gone_leaves_the_others(home):
    import shutil

    write_tiny("tiny", n_images=100)
    runs = [make_compared(name, luck=place) for place, name in enumerate("abc")]
    app = compared(["a", "b", "c"])
    shutil.rmtree(runs[2].folder)
    app.run()
    assert not app.exception
    assert [one["name"] for one in panels(app)["panels"][2]["series"]] == ["a", "b"]


def test_the_comparison_speaks_the_visitors_language(runs_home):
    app = compared(PAIR, language="zh_Hans", level="full", **{"compare-results": True})
    assert not app.exception
    assert shows(app, "更好：")
    assert not shows(app, "is better by")


def test_differing_settings_leave_out_threads_and_what_follows_from_the_size():
    base = {"dataset": "d", "image_size": 32}
    configs = [
        parse_config(base | change) for change in ({}, {"threads": 2}, {"split": {"seed": 4}}, {"seed": 1})
    ]
    assert differing(configs) == {"seed": (0, 0, 0, 1), "split.seed": (0, 0, 4, 0)}
    assert groups_but_for(differing(configs), 4) == [0, 0, 1, 0]


def test_steps_are_told_by_name_and_by_what_differs_in_them():
    rotate = {"name": "rotate", "parameters": {"degrees": 7.0}}
    values = ([rotate], [rotate | {"parameters": {"degrees": 20.0}}], [])
    words = setting_words("augmentations", values)
    assert re.fullmatch(r"Rotate \(.* 7\)", words[0])
    assert re.fullmatch(r"Rotate \(.* 20\)", words[1])
    assert words[2] == "none"
    assert setting_words("augmentations", ([rotate], [rotate, rotate]))[0] == "Rotate"


def test_a_run_that_was_cut_back_is_read_again(home):
    write_tiny("tiny", n_images=50)
    run = make_compared("a", n_epochs=3)
    log = CurveLog(run.folder)
    log.update()
    assert (len(log.epochs), log.training.steps) == (3, [1, 2, 3, 4, 5, 6])
    path = run.folder / "metrics.jsonl"
    kept = path.read_bytes().splitlines(keepends=True)[:3]
    path.unlink()
    path.write_bytes(b"".join(kept))
    append_metrics(run.folder, EpochMetrics.model_validate(log.epochs[1].model_dump() | {"val_loss": 9.0}))
    log.update()
    assert log.training.steps == [1, 2]
    assert [line.val_loss for line in log.epochs] == [1.2, 9.0]


def test_smoothing_is_the_mean_with_falling_weights():
    values = np.array([1.0, 3.0, 2.0])
    expected = [1.0, (0.5 * 1 + 3) / 1.5, (0.25 * 1 + 0.5 * 3 + 2) / 1.75]
    assert smooth(values, 0.5) == pytest.approx(expected)
    assert smooth(values, 0) == pytest.approx(values)
    assert smooth(np.full(5, 7.0), 0.95) == pytest.approx(np.full(5, 7.0))
    with pytest.raises(ValueError, match="is not in"):
        smooth(values, 1.0)


def test_pictures_that_bear_the_name_of_others_are_not_shown(home):
    write_tiny("tiny", n_images=60)
    make_compared("weak", luck=1, gain=0.3)
    make_compared("strong", luck=2, gain=3.0)
    delete_dataset("tiny")
    write_tiny("tiny", n_images=80)  # the numbers mean other pictures now
    app = compared(PAIR, level="full", **{"compare-more": True})
    assert shows(app, "differently: strong is right on")
    assert shows(app, "'tiny' is no longer the one that both were judged on")
    assert not [1 for text in texts(app) if text.startswith("**truly")]
