"""`report`: what is to be known of a network, on one page or in full, for those who were not there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import click

from core.cli.mapping import map_option, mapping_of
from core.cli.output import json_option, show
from core.datasets.records import PARTS, Part
from core.errors import InvalidValueError, StateError
from core.language import LANGUAGES, N_, Message, current_language, language
from core.workspace import write_bytes

if TYPE_CHECKING:
    from core.report.study import Asked, Study

_ENDINGS: Final = (".html", ".pdf", ".md", ".json", ".csv", ".zip")


class _About(TypedDict):
    """The options that say what the report is about."""

    split: Part | None
    dataset: str | None
    mapped: tuple[str, ...]
    threshold: float
    no_pictures: bool


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write: .html, .pdf, .md and .json (model card), .csv (predictions), .zip (all).",
)
@click.option(
    "--split",
    type=click.Choice(PARTS),
    help="Which images; each look at test is counted. Default: val, and all of another data set.",
)
@click.option("--dataset", help="Another data set.")
@map_option
@click.option(
    "--threshold", default=0.5, type=click.FloatRange(0, 1), help="Score from which on an image is positive."
)
@click.option("--full", "is_full", is_flag=True, help="The full report instead of the one page.")
@click.option("--no-pictures", is_flag=True, help="Leave images of the data out.")
@click.option("--language", "code", type=click.Choice(tuple(LANGUAGES)), help="Of what is written.")
@json_option
def report(
    run_id: str, *, out: Path, is_full: bool, code: str | None, as_json: bool, **about: Unpack[_About]
) -> None:
    """Write what is to be known of RUN: how good, on whom, how sure, and what is missing."""
    from core.report.gathering import study_of

    ending = _ending(out)
    with language(code or current_language()):
        study = study_of(_asked(run_id, about), who="command line")
        content = _content(study, ending, is_full=is_full)
    if isinstance(content, Message):
        raise StateError(content.text)
    write_bytes(out, content)
    record = {"run": run_id, "split": study.asked.split, "out": str(out), "bytes": len(content)}
    show(record | {"missing": _missing(study)}, as_json=as_json)


def _asked(run_id: str, about: _About) -> "Asked":
    from core.report.study import Asked

    dataset = about["dataset"]
    return Asked(
        run_id,
        about["split"] or ("val" if dataset is None else "all"),
        dataset,
        mapping_of(about["mapped"]),
        about["threshold"],
        with_pictures=not about["no_pictures"],
    )


def _ending(out: Path) -> str:
    ending = out.suffix.lower()
    if ending not in _ENDINGS:
        text = N_("'{name}' ends in none of {endings}: the ending says what is written.")
        raise InvalidValueError(text, name=out.name, endings=", ".join(_ENDINGS))
    return ending


def _content(study: "Study", ending: str, *, is_full: bool) -> bytes | Message:
    from core.report import writing

    html = writing.html_of(study, "full" if is_full else "one page") if ending in (".html", ".pdf") else ""
    if ending == ".pdf":
        return writing.report_pdf(html)
    if ending == ".zip":
        return writing.bundle(study)
    texts = {
        ".html": lambda: html,
        ".md": lambda: writing.model_card_md(study),
        ".json": lambda: json.dumps(writing.card_fields(study), ensure_ascii=False, indent=1),
        ".csv": lambda: writing.predictions_csv(study),
    }
    return texts[ending]().encode("utf-8-sig" if ending == ".csv" else "utf-8")


def _missing(study: "Study") -> list[str]:
    from core.report.missing import missing_from

    return [str(statement.short) for statement in missing_from(study)]
