"""Simple rivals on the Evaluate page: asked, first said, warned of on top of the page, and never a crash."""

from pathlib import Path

import pytest

from core.datasets.store import delete_dataset
from core.experiments.asking import folder_of, job_of, keep
from core.experiments.rivals.asking import NAME, rivals_request
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.records import Rival, RivalsAnswer
from core.experiments.rivals.running import run_rivals
from core.experiments.rivals.sentences import verdict_of
from core.jobs import control
from core.language import Message, language
from core.runs.store import Run
from tests.job_stand_in import Standing
from tests.screens import open_page, shows, texts
from tests.trained import make_run_of


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RivalsAnswer]:
    """A network of random weights on noise, and its rivals, in a home that these tests share."""
    folder = tmp_path_factory.mktemp("rivals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        run = make_run_of(("clear", "<b>*find*</b>"), "noise", n_of_each=12)
        from core.evaluation.predictions import predictions_of

        predictions_of(run, "val")
        return folder, run_rivals(rivals_request(run, "val"), Standing(folder))


@pytest.fixture
def run(found: tuple[Path, RivalsAnswer], monkeypatch: pytest.MonkeyPatch) -> Run:
    from core.runs.store import open_run

    monkeypatch.setenv("LIGHTBOX_HOME", str(found[0]))
    return open_run("noise")


def tell(run: Run, answer: RivalsAnswer) -> None:
    """Keep an answer as a job would."""
    folder = folder_of(NAME, rivals_request(run, "val"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "status.json").unlink(missing_ok=True)  # of a job that another test began
    keep(folder, answer)


def view(run: Run, **more: str):
    return open_page("evaluate", level="full", run=run.run_id, **{"evaluate-view": "rivals"}, **more)


def test_until_somebody_asks_there_is_a_button_and_then_a_job(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    app = view(run)
    assert not app.exception
    assert shows(app, "Eight rivals are trained on this run's own training images")
    app.button(key="rivals-start").click().run()
    assert job_of(NAME, rivals_request(run, "val")) is not None


@pytest.mark.parametrize("spoken", ["en", "zh_Hans"])
def test_the_sentence_stands_first_and_what_is_inside_each_rival_is_shown(
    run: Run, found: tuple[Path, RivalsAnswer], spoken: str
) -> None:
    tell(run, found[1])
    app = view(run, language=spoken)
    assert not app.exception
    assert not app.error
    told = verdict_of(found[1])
    with language(spoken):
        assert shows(app, str(told.sentence))
        for spec in RIVALS.values():
            assert shows(app, str(Message(text=spec.title))), spec.name
            assert shows(app, str(Message(text=spec.what))), spec.name
    assert not any("<b>*find" in str(element.value) for element in app.markdown)  # escaped
    assert app.selectbox(key="rivals-image").value in range(24)


def test_a_network_that_is_not_shown_to_beat_them_is_warned_of_on_top_of_the_page(
    run: Run, found: tuple[Path, RivalsAnswer]
) -> None:
    assert verdict_of(found[1]).kind == "not shown"
    tell(run, found[1])
    for level in ("basic", "full"):
        app = open_page("evaluate", level=level, run=run.run_id)
        assert any(
            str(one.value).replace("\\", "").startswith("It is not shown that the network beats")
            for one in app.warning
        )


def all_beaten(answer: RivalsAnswer, accuracy: float) -> RivalsAnswer:
    """Return the answer as of a network that ranks better than every rival and has this accuracy."""

    def lost(rival: Rival) -> Rival:
        assert rival.difference is not None
        difference = rival.difference.model_copy(update={"verdict": "better", "low": 0.1, "high": 0.2})
        return rival.model_copy(update={"difference": difference})

    own = answer.network.metrics
    metrics = own | {"accuracy": own["accuracy"].model_copy(update={"value": accuracy})}
    network = answer.network.model_copy(update={"metrics": metrics})
    rivals = tuple(lost(rival) for rival in answer.rivals)
    return answer.model_copy(update={"rivals": rivals, "network": network})


def test_a_network_that_beats_them_is_not_warned_of(run: Run, found: tuple[Path, RivalsAnswer]) -> None:
    tell(run, all_beaten(found[1], 0.99))
    app = open_page("evaluate", run=run.run_id)
    assert not shows(app, "simple rival")
    assert shows(view(run), "The network beats every simple rival.")


def test_one_that_is_right_no_more_often_than_a_guess_is_warned_of_though_it_ranks_better(
    run: Run, found: tuple[Path, RivalsAnswer]
) -> None:
    tell(run, all_beaten(found[1], 0.1))
    app = open_page("evaluate", run=run.run_id)
    warned = [str(one.value).replace("\\", "") for one in app.warning]
    assert any(
        one.startswith("By accuracy, at a threshold of 0.50, the network is no better") for one in warned
    )


def test_rivals_that_could_not_be_asked_are_a_sentence(run: Run, found: tuple[Path, RivalsAnswer]) -> None:
    why = Message(text="The training images are of one class, so there is nothing to learn to tell apart.")
    rivals = tuple(
        rival if rival.name == "majority" else Rival(name=rival.name, problem=why)
        for rival in found[1].rivals
    )
    changes = {"rivals": rivals, "tree": (), "weights": (), "importances": (), "families": (), "n_folds": 0}
    tell(run, found[1].model_copy(update=changes))
    app = view(run)
    assert not app.exception
    assert sum(str(why) in text for text in texts(app)) == len(RIVALS) - 1


def test_without_its_data_set_the_page_still_opens(home: Path) -> None:
    run = make_run_of(("clear", "finding"), "lonely")
    from core.evaluation.predictions import predictions_of

    predictions_of(run, "val")
    delete_dataset(run.config.dataset)
    assert not open_page("evaluate", run="lonely").exception


def test_of_more_classes_than_are_drawn_the_number_is_said(
    run: Run, found: tuple[Path, RivalsAnswer]
) -> None:
    answer = found[1]
    many = {"class_names": (*answer.class_names, "third"), "weights": answer.weights * 2}
    tell(run, answer.model_copy(update=many))
    assert shows(view(run), "Shown are the first 2 of 3 classes.")
