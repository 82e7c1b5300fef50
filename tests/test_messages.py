"""The catalogues are complete, and the check that says so finds each way in which they can fail."""

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

from core.language import LANGUAGES, SOURCE, _, current_language, language
from core.workspace import ROOT
from tests.check_messages import catalogue_paths, check, collect, update

CODE = 'from core.language import N_\nTITLE = N_("Image size")\nDONE = N_("{n} of {total} read")\n'
TRANSLATIONS = {"Image size": "图像大小", "{n} of {total} read": "已读 {n} 个，共 {total} 个"}
PO = "locale/zh_Hans/LC_MESSAGES/lightbox.po: "
CATALOGS = (
    ("core.models.catalog", "MODELS"),
    ("core.transforms.catalog", "PREPROCESSING_STEPS"),
    ("core.transforms.catalog", "AUGMENTATIONS"),
    ("core.explanation.catalog", "EXPLAINERS"),
    ("core.datasets.catalog", "DATASETS"),
)
# Of a catalog entry, what is a key, a citation or a builder and is shown as it stands.
UNTRANSLATED = {
    *("name", "builder", "source", "stage", "paper", "grad_cam_layer", "archive", "pretrained"),
    *("first_convolution", "family"),  # a place in the code; a key with a word of its own
    *("group", "takes"),  # keys of the code: a menu has its own words for them
}


def tree(root: Path, code: str = CODE, translations: dict[str, str] | None = None) -> Path:
    """A project of one module with a catalogue that holds `translations`."""
    (root / "core").mkdir(parents=True)
    (root / "core" / "module.py").write_text(code, encoding="utf-8")
    (root / "locale" / "zh_Hans" / "LC_MESSAGES").mkdir(parents=True)
    update(root)
    edit(root, translations or TRANSLATIONS)
    return root


def edit(root: Path, translations: dict[str, str]) -> None:
    """Fill in msgstr by hand, as a translator does."""
    path = catalogue_paths(root)[0]
    text = path.read_text(encoding="utf-8")
    for source, translation in translations.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{translation}"')
    path.write_text(text, encoding="utf-8")


def test_a_complete_catalogue_has_no_problem(tmp_path: Path) -> None:
    assert check(tree(tmp_path)) == []


def test_a_new_text_is_missing_until_the_update_and_empty_after_it(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "app.py").write_text('print(_("Welcome"))\n', encoding="utf-8")
    assert check(root) == [
        "locale/lightbox.pot does not list the texts of the code: run `make messages`.",
        PO + "'Welcome' is missing: run `make messages` and translate it.",
    ]
    update(root)
    assert check(root) == [PO + "'Welcome' has no translation: fill in its msgstr."]


def test_a_fuzzy_entry_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path)
    path = catalogue_paths(root)[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgid "Image size"', '#, fuzzy\nmsgid "Image size"'), encoding="utf-8")
    assert check(root) == [PO + "'Image size' is marked fuzzy: check its msgstr and remove the flag."]


def test_an_obsolete_entry_is_refused_and_dropped_by_the_update(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "core" / "module.py").write_text('TITLE = N_("Image size")\n', encoding="utf-8")
    assert check(root)[1:] == [
        PO + "'{n} of {total} read' is obsolete, the code no longer has it: run `make messages`."
    ]
    update(root)
    assert check(root) == []
    assert "图像大小" in catalogue_paths(root)[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "translation", ["已读 {n} 个", "已读 {n} 个，共 {totel} 个", "已读 {n:d} 个，共 {total} 个", "已读 {n"]
)
def test_a_translation_with_other_fields_is_refused(tmp_path: Path, translation: str) -> None:
    root = tree(tmp_path, translations=TRANSLATIONS | {"{n} of {total} read": translation})
    assert check(root) == [
        PO + "'{n} of {total} read' has other fields in its translation: it needs {n} {total}."
    ]


@pytest.mark.parametrize("marker", ["_", "N_"])
def test_an_f_string_in_a_marker_is_refused(tmp_path: Path, marker: str) -> None:
    root = tree(tmp_path, code=CODE + f'LATE = {marker}(f"{{TITLE}} again")\n')
    assert check(root) == [
        "core/module.py:4: an f-string cannot be translated; leave out the f and pass its values by name."
    ]


@pytest.mark.parametrize(
    "expression", ['"a" + TITLE', '"a" if TITLE else "b"', '"a {}".format(TITLE)', 'TITLE or "a"']
)
def test_a_text_made_of_parts_is_refused(tmp_path: Path, expression: str) -> None:
    root = tree(tmp_path, code=CODE + f"LATE = _({expression})\n")
    assert check(root) == ["core/module.py:4: a marked text must be one literal; mark each text by itself."]


@pytest.mark.parametrize(
    "expression", ["TITLE", 'TITLES["a"]', 'TITLES.get("a")', 'ONE if TITLE == "a" else TWO']
)
def test_a_text_marked_elsewhere_may_be_shown(tmp_path: Path, expression: str) -> None:
    assert check(tree(tmp_path, code=CODE + f"LATE = _({expression})\n")) == []


def test_literals_side_by_side_are_one_text_and_both_numbers_of_ngettext_are_marked(tmp_path: Path) -> None:
    code = (
        'N_("one"\n   " sentence")\nngettext("{n} image", "{n} images", 3)\n_("Hello, {name}", name="no")\n'
    )
    assert collect(tree(tmp_path, code=code)).texts == {
        "one sentence", "{n} image", "{n} images", "Hello, {name}"
    }  # fmt: skip


def test_the_update_changes_nothing_the_second_time(tmp_path: Path) -> None:
    root = tree(tmp_path)
    update(root)
    before = [path.read_bytes() for path in sorted((root / "locale").rglob("lightbox.po*"))]
    update(root)
    assert [path.read_bytes() for path in sorted((root / "locale").rglob("lightbox.po*"))] == before


def test_a_new_language_begins_with_an_empty_folder(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "locale" / "de" / "LC_MESSAGES").mkdir(parents=True)
    update(root)
    assert [problem for problem in check(root) if "de/" in problem] == [
        "locale/de/LC_MESSAGES/lightbox.po: 'Image size' has no translation: fill in its msgstr.",
        "locale/de/LC_MESSAGES/lightbox.po: '{n} of {total} read' has no translation: fill in its msgstr.",
    ]


def test_without_a_catalogue_there_is_a_problem(tmp_path: Path) -> None:
    root = tree(tmp_path)
    shutil.rmtree(root / "locale" / "zh_Hans")
    assert check(root) == ["There is no catalogue: locale/<language>/LC_MESSAGES/lightbox.po is missing."]


def test_every_language_but_the_source_has_a_catalogue() -> None:
    assert {path.parent.parent.name for path in catalogue_paths(ROOT)} == set(LANGUAGES) - {SOURCE}


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {SOURCE}))
def test_every_text_of_the_forms_and_catalogs_is_translated(code: str) -> None:
    with (ROOT / "locale" / code / "LC_MESSAGES" / "lightbox.po").open("rb") as file:
        translated = {str(entry.id) for entry in read_po(file) if entry.id and entry.string}
    texts = {*form_texts(), *catalog_texts()}
    assert len(texts) > 60
    assert sorted(texts - translated) == []


def test_the_language_is_read_from_the_catalogue() -> None:
    assert current_language() == SOURCE
    with language("zh_Hans"):
        assert _("Image size") == "图像大小"
        assert _("Epoch {epoch} of {epochs}", epoch=1, epochs=12) == "第 1 轮，共 12 轮"
    assert _("Image size") == "Image size"


def form_texts() -> Iterator[str]:
    """Title and help of each field of each config that a form shows."""
    configs: list[type[BaseModel]] = [
        import_module("core.training.config").TrainingConfig,
        import_module("core.datasets.records").SplitConfig,
    ]
    catalog = import_module("core.transforms.catalog")
    specs = [*catalog.PREPROCESSING_STEPS.values(), *catalog.AUGMENTATIONS.values()]
    for config in [*configs, *(spec.parameters for spec in specs)]:
        for field in config.model_fields.values():
            assert field.title, (config, field)
            assert field.description, (config, field)
            yield from (field.title, field.description)


def catalog_texts() -> Iterator[str]:
    """Every sentence of every catalog entry."""
    for module, name in CATALOGS:
        for entry in getattr(import_module(module), name).values():
            fields = type(entry).model_fields if isinstance(entry, BaseModel) else vars(entry)
            for field in set(fields) - UNTRANSLATED:
                value = getattr(entry, field)
                if isinstance(value, str) and value:
                    yield value


_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]|\([\u4e00-\u9fff]")
_FORMATS = {"上,右,下,左", "小时:分钟:秒"}  # what is typed, or how a time is written


def test_chinese_is_punctuated_as_chinese_is() -> None:
    [path] = [path for path in catalogue_paths(ROOT) if "zh_Hans" in path.parts]
    with path.open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    found = [
        str(entry.string) for entry in entries if _HALF_WIDTH.search(_without_formats(str(entry.string)))
    ]
    assert found == []


def _without_formats(text: str) -> str:
    for written in _FORMATS:
        text = text.replace(written, "")
    return text
