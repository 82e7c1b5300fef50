"""The same code as a notebook: format 4.5 of Jupyter, written by hand.

https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
from typing import Any

from core.exchange.writing.recipe import Recipe
from core.exchange.writing.script import imports
from core.exchange.writing.sections import Section
from core.language import _


def notebook(recipe: Recipe, sections: list[Section]) -> str:
    """Return train.ipynb: for each section a sentence in the reader's language, and a cell of code."""
    chosen = [section for section in sections if section.only != "script"]
    code = "\n".join(section.code for section in chosen)
    first = [
        f"# {recipe.run_id}",
        _("A run of Lightbox, as plain Python. For teaching and demonstration only, never for diagnosis."),
    ]
    if recipe.simulated:
        first.append(_("The images are SIMULATED: no patient is behind them."))
    cells = [_markdown("\n\n".join(first)), _code(imports(code))]
    for section in chosen:
        cells += [_markdown(f"## {section.title}\n\n{section.text}"), _code(section.code)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"
    return json.dumps(_document(cells), indent=1, ensure_ascii=False) + "\n"


def _document(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    lines = text.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}
