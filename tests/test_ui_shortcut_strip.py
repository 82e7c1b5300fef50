"""The booth's story at a glance: what waits, what runs, and which numbers stand where."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.experiments.shortcut.records import ShareOfMap
from core.experiments.shortcut.story import SoFar, Story, story_so_far
from tests.test_experiments_shortcut import a_share, metric


def _strip(known: str, cue: str) -> None:
    from core.experiments.shortcut.records import ShortcutRequest
    from core.experiments.shortcut.story import SoFar
    from ui.shortcut.strip import show_strip

    show_strip(ShortcutRequest(cue=cue), SoFar.model_validate_json(known))


def _shown(known: SoFar, cue: str = "marker") -> str:
    app = AppTest.from_function(_strip, kwargs={"known": known.model_dump_json(), "cue": cue}).run()
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def test_what_is_not_known_yet_waits_and_a_training_tells_its_validation() -> None:
    shown = _shown(SoFar(epochs=15, course={"shortcut": (0.6, 0.97)}))
    assert "<strong>0.97</strong>" in shown
    assert "AUROC after epoch 2 of 15" in shown
    assert shown.count("<strong>…</strong>") == 7  # of four gauges for two networks
    assert _shown(SoFar(epochs=15, course={"shortcut": (None,)})).count("…") == 8  # a class has no film


def test_each_number_has_its_bar_and_chance_its_stroke() -> None:
    map_of = {"method": "saliency", "share": a_share(0.03), "by_chance": 0.01, "n_empty": 0}
    known = SoFar(
        epochs=15,
        val={"shortcut": metric(0.99)},
        clean={"shortcut": metric(0.6), "control": metric(None)},
        swapped={"shortcut": a_share(0.8)},
        maps={"shortcut": (ShareOfMap(**map_of, peak=a_share(0.925)),)},
    )
    shown = _shown(known)
    for text in (
        "<strong>0.60</strong>",
        "95 % interval 70 to 90 %",
        "<strong>–</strong>",
        "<strong>92 %</strong>",
        "Saliency, of the",
    ):
        assert text in shown
    assert "width:92.5%'></span><i style='inset-inline-start:1.0%'>" in shown
    assert "highest point" not in _shown(known, "brightness")  # it has no place


def test_a_story_is_told_while_it_lasts_and_gone_when_it_breaks_off(tmp_path: Path) -> None:
    assert story_so_far(tmp_path) is None
    try:
        with Story(tmp_path, epochs=3) as story:
            story.add_epoch("control", 0.7)
            story.add("control", val=metric(0.7), clean=metric(0.6))
            known = story_so_far(tmp_path)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert known == SoFar(
        epochs=3, course={"control": (0.7,)}, val={"control": metric(0.7)}, clean={"control": metric(0.6)}
    )
    assert list(tmp_path.iterdir()) == []
