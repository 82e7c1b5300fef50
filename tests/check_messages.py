"""Hold the catalogues in locale/ against the texts that the code marks.

Run by `make lint`. With --update (`make messages`) it brings the catalogues up to date: new texts arrive
empty, texts that are gone are dropped, translations stay. The files are sorted and carry neither dates nor
line numbers, so that their differences show texts alone.

The markers are read from the syntax tree and not with Babel's tokenizer, which drops `_(f"...")` and joins
both arms of `_("a" if x else "b")` without a word; here each is a problem.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("app.py", "core", "ui", "pages")
# marker -> how many of its first arguments are texts
MARKERS = {"_": 1, "N_": 1, "ngettext": 2}
_HEADER = """# {title}. `make messages` keeps this file: write nothing here by hand but msgstr.
msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass
class Marked:
    """What the code marks: the texts, and one sentence for each marker that cannot be read."""

    texts: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def collect(root: Path) -> Marked:
    """Collect the marked texts of the sources under `root`."""
    marked = Marked()
    for path in _source_files(root):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
                for argument in node.args[: MARKERS[node.func.id]]:
                    _take(argument, f"{path.relative_to(root)}:{node.lineno}", marked)
    return marked


def check(root: Path) -> list[str]:
    """Return one sentence for each thing that is wrong; an empty list if all is well."""
    marked = collect(root)
    problems = list(marked.problems)
    if set(_entries(template_path(root))) != marked.texts:
        problems.append("locale/lightbox.pot does not list the texts of the code: run `make messages`.")
    catalogues = catalogue_paths(root)
    if not catalogues:
        problems.append("There is no catalogue: locale/<language>/LC_MESSAGES/lightbox.po is missing.")
    for path in catalogues:
        problems += [f"{path.relative_to(root)}: {problem}" for problem in _compare(path, marked.texts)]
    return problems


def update(root: Path) -> None:
    """Rewrite the template and every catalogue for the texts that the code marks now."""
    texts = collect(root).texts
    _write(
        template_path(root), dict.fromkeys(texts, ""), _HEADER.format(title="The texts to translate", code="")
    )
    for path in catalogue_paths(root):
        code = path.parent.parent.name
        entries = _entries(path)
        known = {text: str(entries[text].string) for text in texts if text in entries}
        header = _HEADER.format(title=f"Lightbox in {code}", code=code)
        _write(path, dict.fromkeys(texts, "") | known, header)


def template_path(root: Path) -> Path:
    """Return the path of the list of texts."""
    return root / "locale" / "lightbox.pot"


def catalogue_paths(root: Path) -> list[Path]:
    """Return the path of each language's catalogue; a new language begins with its empty folder."""
    return [folder / "lightbox.po" for folder in sorted(root.glob("locale/*/LC_MESSAGES"))]


def _source_files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []


def _take(argument: ast.expr, place: str, marked: Marked) -> None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        marked.texts.add(argument.value)
    elif any(isinstance(part, ast.JoinedStr) for part in _own_parts(argument)):
        marked.problems.append(
            f"{place}: an f-string cannot be translated; leave out the f and pass its values by name."
        )
    elif any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in _own_parts(argument)):
        marked.problems.append(f"{place}: a marked text must be one literal; mark each text by itself.")


def _own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Walk the parts of which the value of an expression is made: not keys, conditions and arguments."""
    yield node
    if isinstance(node, ast.Call):
        children: list[ast.AST] = [node.func]
    elif isinstance(node, ast.IfExp):
        children = [node.body, node.orelse]
    else:
        children = [] if isinstance(node, ast.Subscript | ast.Compare) else list(ast.iter_child_nodes(node))
    for child in children:
        yield from _own_parts(child)


def _compare(path: Path, texts: set[str]) -> Iterator[str]:
    entries = _entries(path)
    for text in sorted(texts):
        if text not in entries:
            yield f"{_quoted(text)} is missing: run `make messages` and translate it."
        else:
            yield from _faults(entries[text])
    for text in sorted(set(entries) - texts):
        yield f"{_quoted(text)} is obsolete, the code no longer has it: run `make messages`."


def _faults(entry: Message) -> Iterator[str]:
    source, translation = str(entry.id), str(entry.string)
    if not translation:
        yield f"{_quoted(source)} has no translation: fill in its msgstr."
    elif entry.fuzzy:
        yield f"{_quoted(source)} is marked fuzzy: check its msgstr and remove the flag."
    elif _fields(source) != _fields(translation):
        wanted = " ".join(sorted(_fields(source))) or "none"
        yield f"{_quoted(source)} has other fields in its translation: it needs {wanted}."


def _fields(text: str) -> set[str]:
    """Return the str.format fields of `text`, as written; the text itself if its braces do not match."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return {text}
    return {
        "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
        for _text, name, spec, conversion in parts
        if name is not None
    }


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line if len(line) <= 80 else line[:77] + '...'}'"


def _entries(path: Path) -> dict[str, Message]:
    """Return the entries of a catalogue by their text, obsolete ones (`#~`) too; none if there is no file."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file)
    entries = [*catalogue, *catalogue.obsolete.values()]
    return {str(entry.id): entry for entry in entries if entry.id}


def _write(path: Path, translations: dict[str, str], header: str) -> None:
    catalogue = Catalog()
    for text, translation in translations.items():
        catalogue.add(text, translation)
    content = BytesIO()
    write_po(content, catalogue, width=100, sort_output=True, omit_header=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + content.getvalue())


def main() -> int:
    """Check or update the catalogues of this repository; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--update", action="store_true", help="rewrite the catalogues for the texts of the code"
    )
    is_update = parser.parse_args().update
    if is_update:
        update(ROOT)
    problems = check(ROOT)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in the catalogues." if problems else "The catalogues are complete.")
    return 1 if problems and not is_update else 0


if __name__ == "__main__":
    sys.exit(main())
