"""The small histogram of a step."""

import xml.etree.ElementTree as ET

import numpy as np

from core.figures.step_histogram import count_values, step_histogram


def test_counts_agree_with_numpy():
    values = np.random.default_rng(3).normal(size=(40, 30, 2)).astype(np.float32)
    limits = (float(values.min()), float(values.max()))
    expected = [np.histogram(values[:, :, channel], bins=48, range=limits)[0] for channel in (0, 1)]
    # float32 may put a value that lies on the border of two bins into the other one
    assert np.abs(count_values(values) - np.array(expected)).sum() <= 4
    assert count_values(values).sum(axis=1).tolist() == [1200, 1200]


def test_an_even_picture_is_one_bar():
    counts = count_values(np.full((4, 5, 1), 7, dtype=np.float32))
    assert counts.sum() == 20 and np.count_nonzero(counts) == 1


def test_the_drawing_is_a_whole_svg_with_the_pixel_marked_where_it_lies():
    values = np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10, 1)
    root = ET.fromstring(step_histogram(values, marked=0.25))
    paths = [path.get("d") for path in root.iter("{http://www.w3.org/2000/svg}path")]
    assert paths[1].startswith("M60.0 0")  # a quarter of 240
    assert len(list(ET.fromstring(step_histogram(values)))) == 2


def test_colour_is_drawn_as_three_lines():
    values = np.random.default_rng(3).random((8, 8, 3)).astype(np.float32)
    root = ET.fromstring(step_histogram(values))
    assert len({path.get("stroke") for path in list(root)[:3]}) == 3
