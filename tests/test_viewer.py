"""The viewer's pieces without its page: what it opens, and what it sends to the browser."""

import numpy as np
import pytest

from core.errors import UnreadableImageError
from core.images import viewing
from core.images.lookup_tables import LookupTable
from core.images.records import MedicalImage, Window
from core.images.study import FrameView, show
from tests.viewer_inputs import slices, unpacked, zipped
from ui.viewer_files import File, Skipped, read_files
from ui.viewer_picture import MOST_READ, packed
from ui.viewer_window import limits_of

KEY = "00" * 32


def test_nothing_of_a_zip_stays_on_the_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    files = (File("a.zip", zipped({"a": slices(1)[0]})), File("b.zip", b"PK\3\4no"))
    opened = read_files("a zip", files, secret=KEY)
    assert len(opened.files) == 1
    assert [skip.name for skip in opened.skipped] == ["b.zip"]
    assert list(folder.iterdir()) == []


def test_of_a_large_picture_every_second_pixel_travels():
    values = np.arange(1500 * 1100, dtype=np.uint16).reshape(1500, 1100)
    view = FrameView(stored=values, image=MedicalImage(values, (0, 65535)))
    header, planes = unpacked(packed(view, None, alt=""))
    assert header["stride"] == 2
    assert max(planes["stored"].shape) <= MOST_READ
    assert np.array_equal(planes["stored"], values[::2, ::2])
    assert np.array_equal(planes["shown"], show(view, None)[::2, ::2])
    assert planes["picture"].shape == (1500, 1100)


def test_colour_padding_and_floats_travel_as_they_are():
    colour = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    _header, planes = unpacked(packed(FrameView(colour, MedicalImage(colour, (0, 255))), None, alt=""))
    assert np.array_equal(planes["picture"], colour)
    stored = np.array([[1, 2]], ">i2")
    values = np.array([[0.25, 0.5]], np.float32)
    view = FrameView(stored, MedicalImage(values, (0.0, 1.0)), padding=np.array([[True, False]]))
    header, planes = unpacked(packed(view, None, alt=""))
    assert planes["stored"].tolist() == [[1, 2]]
    assert planes["value"].tolist() == [[0.25, 0.5]]
    assert planes["padding"].tolist() == [[1, 0]]


def test_the_ends_of_a_table_and_of_the_full_range():
    view = FrameView(np.zeros((1, 1), np.uint8), MedicalImage(np.zeros((1, 1), np.uint8), (0, 255)))
    table = LookupTable(np.zeros(11, np.uint16), first=-5, bits=8)
    assert limits_of(view, table) == Window(center=0, width=10, function="LINEAR_EXACT")
    assert limits_of(view, None) == Window(center=127.5, width=255, function="LINEAR_EXACT")


def test_the_viewers_limits_are_told():
    many = tuple(File(f"{number}.txt", b"x") for number in range(2001))
    opened = read_files("too many", many, secret=KEY)
    assert "at most" in str(opened.skipped[-1].reason)
    assert opened.skipped[-1] == Skipped("2000.txt", opened.skipped[-1].reason)


def test_nonsense_from_a_decoder_is_one_sentence(monkeypatch):
    class Liar:
        def call(self, _content, _options):
            return {"view": "no"}, []

    monkeypatch.setattr(viewing, "_pool", Liar)
    for question in (viewing.ask_header, viewing.ask_identity, lambda content: viewing.ask_view(content, 0)):
        with pytest.raises(UnreadableImageError):
            question(b"")
