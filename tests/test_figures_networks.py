"""The diagram of a network and the chart of costs: sizes and words are those of the network."""

import json

from core.figures.networks import Cost, costs_chart, network_diagram
from core.figures.theme import alt_of
from core.models.stages import Stage


def stage(shape, *kinds, modules=("body",), multiply_adds=9, field=(3, 3)):
    counts = tuple((kind, 1) for kind in kinds)
    return Stage(modules, counts, shape, 160, multiply_adds, receptive_field=field)


BODY = stage((15, 32, 32), "Conv2d", "ReLU", multiply_adds=2_500_000)
HEAD = stage((2,), "Linear", modules=(), field=None)


def test_a_box_is_as_high_as_its_maps_and_a_step_wider_for_each_doubling_of_their_number():
    bars = network_diagram([BODY, HEAD], (1, 64, 64)).data[0]
    image, body, head = bars.width
    assert body / image == 32 / 64
    assert head < body
    assert list(bars.x[:2]) == [1, 4]  # log2(1 + n)
    assert list(bars.base) == [-width / 2 for width in bars.x]


def test_the_words_beside_the_boxes():
    figure = network_diagram([BODY, HEAD], (1, 64, 64))
    assert [note.text for note in figure.layout.annotations] == [
        "<b>Image</b>  1 x 64 x 64",
        "<b>Block 1</b>  15 x 32 x 32<br>Convolution",
        "<b>Answer</b>  2 numbers<br>Linear",
    ]
    assert figure.layout.title.text == "From 4,096 pixels to 2 numbers"
    assert "Block 1: 15 x 32 x 32" in alt_of(figure)
    assert figure.data[0].customdata[1] == (
        "<b>Block 1</b> body<br>Convolution<br>15 x 32 x 32<br>2 layers, 160 weights"
        "<br>2.5 million multiply-adds<br>sees 3 x 3 pixels"
    )
    assert figure.data[0].customdata[2].endswith("sees the whole image")


def test_boxes_do_not_meet():
    many = [stage((2**n, 64 // n, 64 // n), "Conv2d", "MaxPool2d") for n in range(1, 9)]
    bars = network_diagram([*many, HEAD], (3, 64, 64)).data[0]
    ends = [
        (place - height / 2, place + height / 2) for place, height in zip(bars.y, bars.width, strict=True)
    ]
    assert all(above[1] < below[0] for above, below in zip(ends, ends[1:], strict=False))


def test_shortcuts_have_a_bracket_and_branches_are_parted():
    kinds = {"Addition": ["path"], "Concatenation": ["line", "line"], "ReLU": []}
    for kind, shapes in kinds.items():
        figure = network_diagram([stage((8, 32, 32), "Conv2d", kind), HEAD], (1, 64, 64))
        assert [shape.type for shape in figure.layout.shapes] == shapes


def test_the_two_that_are_compared_stand_out_among_all():
    costs = [Cost(name, 10**n, 10 ** (n + 2)) for n, name in enumerate(["a", "b", "<c>", "d"], start=3)]
    figure = costs_chart(costs, ("b", "<c>"), title="Which costs more?")
    assert {trace.name: list(trace.x) for trace in figure.data} == {
        "Others": [1000, 10**6],
        "b": [10**4],
        "&lt;c&gt;": [10**5],
    }
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert "<c>" not in json.dumps(figure.data[2].to_plotly_json())


def test_a_network_against_itself_is_one_mark():
    costs = [Cost("a", 10, 10), Cost("b", 20, 20)]
    assert [trace.name for trace in costs_chart(costs, ("a", "a"), title="").data] == ["Others", "a"]
