"""The catalogue of the MedMNIST sets: the package's list, without the package, and our own words."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datasets import medmnist_info
from core.datasets.classes import ordinal_caveat
from core.datasets.medmnist import (
    caveats_of,
    check_finding,
    class_names_of,
    find_set,
    free_name,
    list_sets,
    title_of,
)
from core.datasets.medmnist_about import ABOUT
from core.datasets.medmnist_info import SIZES, read_sets
from core.errors import InvalidValueError, StateError, UnknownNameError
from core.workspace import ROOT


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(medmnist_info.importlib.util, "find_spec", lambda _name: None)
    read_sets.cache_clear()
    yield
    read_sets.cache_clear()


def test_the_twelve_flat_sets_are_there_at_four_sizes() -> None:
    sets = list_sets()
    assert [entry.name for entry in sets] == list(read_sets())
    assert len(sets) == len(ABOUT) == 12
    assert all(tuple(file.size for file in entry.files) == SIZES == (28, 64, 128, 224) for entry in sets)


def test_a_set_has_as_many_pictures_as_its_source() -> None:
    published = {"chestmnist": 112_120, "dermamnist": 10_015, "breastmnist": 780, "pneumoniamnist": 5_856}
    assert {name: find_set(name).n_images for name in published} == published


def test_each_file_has_an_address_of_its_own_and_a_checksum() -> None:
    files = [file for entry in list_sets() for file in entry.files]
    assert len({file.url for file in files}) == len({file.md5 for file in files}) == 48
    assert all(file.url.startswith("https://zenodo.org/records/") for file in files)


def test_neither_the_package_nor_torch_is_loaded_and_no_folder_is_made(tmp_path: Path) -> None:
    script = (
        "import sys; from core.datasets.medmnist import list_sets; assert len(list_sets()) == 12;"
        "print([name for name in ('torch', 'torchvision', 'medmnist') if name in sys.modules])"
    )
    environment = {"HOME": str(tmp_path), "PATH": ""}
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []  # running info.py would make ~/.medmnist


def test_the_tasks_are_the_published_ones() -> None:
    odd = {entry.name: entry.task for entry in list_sets() if entry.task != "multi-class"}
    assert odd == {
        "chestmnist": "multi-label",
        "pneumoniamnist": "binary",
        "retinamnist": "ordinal",
        "breastmnist": "binary",
    }


def test_only_the_skin_set_forbids_commercial_use() -> None:
    assert [entry.name for entry in list_sets() if entry.is_non_commercial] == ["dermamnist"]
    assert find_set("dermamnist").licence == "CC BY-NC 4.0"


def test_the_pixels_of_a_set_are_counted() -> None:
    assert find_set("pneumoniamnist").pixel_bytes(28) == 5856 * 28 * 28
    assert find_set("PathMNIST").pixel_bytes(64) == 107_180 * 64 * 64 * 3


def test_classes_are_named_by_the_file() -> None:
    assert class_names_of("pneumoniamnist_224", 2) == ("normal", "pneumonia")
    assert class_names_of("BloodMNIST", 8)[3] == "immature granulocytes"
    assert class_names_of("retinamnist_64", 5) == ("grade 0", "grade 1", "grade 2", "grade 3", "grade 4")
    assert len(class_names_of("chestmnist", 14)) == 14
    assert class_names_of("my_pictures", 3) == ("class 0", "class 1", "class 2")
    assert class_names_of("pneumoniamnist", 3) == ("class 0", "class 1", "class 2")


@pytest.mark.usefixtures("no_package")
def test_without_the_package_files_can_still_be_imported_and_the_list_says_what_is_missing() -> None:
    assert class_names_of("pneumoniamnist", 2) == ("class 0", "class 1")
    with pytest.raises(StateError) as caught:
        list_sets()
    assert str(caught.value) == (
        "The list of the MedMNIST sets cannot be read: install it with 'pip install medmnist==3.0.2'."
    )


def test_the_version_that_the_error_names_is_the_pinned_one() -> None:
    pinned = re.search(r"^medmnist==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert f'version="{pinned[1]}"' in Path(medmnist_info.__file__).read_text()


@pytest.mark.parametrize("text", ["", "INFO = 3", "INFO = make()", "INFO = {'amnist': {}}", "INFO = {"])
def test_another_list_is_refused_and_never_run(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "medmnist").mkdir()
    (tmp_path / "medmnist" / "__init__.py").touch()
    (tmp_path / "medmnist" / "info.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    read_sets.cache_clear()
    with pytest.raises(StateError):
        read_sets()
    read_sets.cache_clear()


def test_an_unknown_set_or_size_offers_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'chestmnist'"):
        find_set("chestmnits")
    with pytest.raises(
        InvalidValueError, match="BreastMNIST has no pictures of 32 pixels. Choose one of: 28, 64"
    ):
        find_set("breastmnist").file(32)


def test_a_finding_is_asked_for_where_there_are_several_and_only_there() -> None:
    chest, blood = find_set("chestmnist"), find_set("bloodmnist")
    check_finding(chest, "effusion")
    check_finding(blood, None)
    with pytest.raises(
        InvalidValueError, match="several findings for each picture; choose one of: atelectasis,"
    ):
        check_finding(chest, None)
    with pytest.raises(UnknownNameError, match="Did you mean 'effusion'"):
        check_finding(chest, "efusion")
    with pytest.raises(InvalidValueError, match="BloodMNIST has one class for each picture"):
        check_finding(blood, "effusion")


def test_names_and_titles_say_set_size_and_finding() -> None:
    chest = find_set("chestmnist")
    assert title_of(chest, 64, "effusion") == "ChestMNIST, 64 px: effusion"
    assert free_name(chest, 64, "effusion", []) == "chestmnist-64-effusion"
    assert free_name(chest, 64, None, ["chestmnist-64", "chestmnist-64-2"]) == "chestmnist-64-3"


def test_what_to_know_is_said_beforehand() -> None:
    assert "photographed several times" in str(caveats_of(find_set("dermamnist"))[0])
    assert caveats_of(find_set("bloodmnist")) == ()


def test_the_grades_are_named_so_that_the_lost_order_is_noticed() -> None:
    assert "from 'grade 0' to 'grade 4'" in str(ordinal_caveat(find_set("retinamnist").class_names))
