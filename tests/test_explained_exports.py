"""What leaves the Explain page: arrays, the page, and the table of many images."""

import csv
import json
from dataclasses import replace
from io import BytesIO, StringIO

import numpy as np
import pytest

from core.evaluation.neighbours import Neighbour
from core.explanation.array import to_npz
from core.explanation.checks.records import CheckCard, CheckLine
from core.explanation.palette import paint
from core.explanation.records import Attribution, Convergence
from core.language import Message, language
from core.report.batch_table import Answered, batch_csv
from core.report.explained import Explained, explained_page
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.picture import Extent
from core.transforms.records import ChannelStatistics

HOSTILE = "<img src=x onerror=alert(1)>"
CARD = ModelCard(
    run="run-1",
    model="small_cnn",
    class_names=("none", HOSTILE),
    positive_class=HOSTILE,
    n_channels=1,
    image_size=16,
    preprocessing=default_preprocessing(16, 1),
    statistics=ChannelStatistics(mean=(0.5,), std=(0.5,), low=(0.0,), high=(1.0,)),
    intended_use="To teach.",
    simulated=True,
    dataset="films",
    n_train_images=10,
    n_train_patients=5,
    best_epoch=1,
)
MAP = Attribution("integrated_gradients", 1, HOSTILE, np.array([[-1, 0], [0, 3]], np.float32), True, (2, 2))
ADDED_UP = replace(MAP, convergence=Convergence(0.03, 0.012, 50, is_reached=True))


def test_an_array_opens_without_pickles_and_says_what_it_is_not_for() -> None:
    half = Attribution("saliency", 0, "a", MAP.values, False, (2, 2), extent=Extent(0.0, 0.0, 0.5, 1.0))
    with np.load(BytesIO(to_npz(half, (8, 4))), allow_pickle=False) as kept:
        about = json.loads(str(kept["about"]))
        assert np.array_equal(kept["values"], MAP.values)
        assert np.isfinite(kept["on_image"][:4]).all()
        assert np.isnan(kept["on_image"][4:]).all()  # the network did not see the lower half
    assert "Not for diagnosis" in about["notice"]
    assert about["extent"] == {"top": 0.0, "left": 0.0, "bottom": 0.5, "right": 1.0}


def test_weak_values_are_left_out_and_strong_ones_keep_their_colour() -> None:
    values = np.array([[0.2, -0.6, 1.0]], np.float32)
    alpha = paint(values, signed=True, weakest=0.5)[..., 3]
    assert alpha.tolist() == [[0, *paint(values, signed=True)[0, 1:, 3].tolist()]]


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
def test_the_page_says_what_was_found_and_escapes_what_is_somebody_elses(code: str) -> None:
    text = Message(text="Not for diagnosis")
    line = CheckLine("noise", text, 0.25, "failed", 0.2, text, text)
    explained = Explained(
        network="run-1",
        card=CARD,
        called="It is called so.",
        probabilities={"none": 0.25, HOSTILE: 0.75},
        remarks=("A remark.",),
        warnings=("Upside down?",),
        maps=((ADDED_UP, b"png"),),
        checks=(CheckCard("saliency", HOSTILE, (line,)),),
        likeness=("Nothing unusual, 3 of 40 missed.",),
        nearest=(Neighbour(17, HOSTILE, 0.125),),
        image=b"bare",
    )
    with language(code):
        page = explained_page(explained)
    assert HOSTILE not in page
    assert page.count("data:image/png;base64,") == 2  # the map over the image, and the image beside it
    if code == "en":
        assert "Convergence delta: 0.03 logits, 1.2 % of the change" in page
    assert page.count("&lt;img src=x") >= 4  # a class: of the answer, of the map, and of a training image
    for words in (
        "0.750",
        "A remark.",
        "Upside down?",
        "0.25",
        "3 of 40 missed",
        "0.125",
        "data:image/png;base64,",
    ):
        assert words in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is fetched


def test_a_table_of_many_runs_no_formula_and_says_in_each_row_what_it_is_not_for() -> None:
    rows = [
        Answered("=cmd|' /C calc'!A0.png", (0.25, 0.75), HOSTILE, ("It is grey.", "It is small.")),
        Answered("notes.txt", error="It cannot be read."),
    ]
    header, first, second = list(csv.reader(StringIO(batch_csv(CARD, rows))))
    assert header == [
        "file",
        "called",
        "probability: none",
        f"probability: {HOSTILE}",
        "flags",
        "error",
        "notice",
    ]
    assert first[:5] == [
        "'=cmd|' /C calc'!A0.png",
        HOSTILE,
        "0.250000",
        "0.750000",
        "It is grey.; It is small.",
    ]
    assert second[1:6] == ["", "", "", "", "It cannot be read."]
    assert all("diagnosis" in row[-1] and "SIMULATED" in row[-1] for row in (first, second))
