"""`check`: whether the map of an explained prediction can be trusted."""

from pathlib import Path
from typing import Any

import click

from core.cli.files import read_image
from core.cli.output import ProgressLine, json_option, show
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.export import NOTICE, to_record
from core.explanation.checks.records import CheckCard, CheckLine
from core.explanation.settings import ExplainSettings
from core.language import Message, _
from core.runs.store import open_run


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--method", required=True, help="A method from `python -m core explainers`.")
@click.option(
    "--target", help="The class to explain; default: the positive one of two, else the predicted one."
)
@click.option(
    "--check", "wanted", multiple=True, type=click.Choice(tuple(CHECKS)), help="Only this one; repeatable."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same numbers.")
@json_option
def check(
    run_id: str,
    *,
    file: Path,
    method: str,
    target: str | None,
    wanted: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Check whether METHOD's map of FILE can be trusted to show what RUN's network leans on."""
    from core.explanation.attribution import class_index, explain_image
    from core.explanation.checks.card import check_map
    from core.runs.checkpoints import load_model

    loaded, image, line = load_model(open_run(run_id)), read_image(file), ProgressLine()
    index = None if target is None else class_index(loaded.class_names, target)
    settings = ExplainSettings(seed=seed)
    attribution = explain_image(loaded, image, method, index, settings=settings)
    names = wanted or tuple(CHECKS)
    lines: list[CheckLine] = []
    for number, name in enumerate(names):

        def move(fraction: float, number: int = number, name: str = name) -> None:
            line((number + fraction) / len(names), Message(text=CHECKS[name].title))

        one = check_map(loaded, image, attribution, settings, wanted=(name,), seed=seed, progress=move)
        lines += one.lines
    line.end()
    card = CheckCard(attribution.method, attribution.class_name, tuple(lines))
    where = {"run": run_id, "file": str(file)}
    show({**where, **to_record(card)} if as_json else {**where, **_for_people(card)}, as_json=as_json)


def _for_people(card: CheckCard) -> dict[str, Any]:
    """Return the card as lines: what it is called, the number with its threshold, and the sentences."""
    lines: dict[str, Any] = {"method": card.method, "class": card.class_name}
    for line in card.lines:
        spec = CHECKS[line.name]
        lines[_(spec.title)] = {
            _("outcome"): f"{_outcome(line)} ({_number(line)})" if line.value is not None else _outcome(line),
            _("what was done"): str(line.done),
            _("what it means"): str(line.sentence),
            _("threshold from"): str(line.source),
        }
    return {**lines, "notice": _(NOTICE)}


def _outcome(line: CheckLine) -> str:
    return {
        "failed": _("FAILED"),
        "no failure found": _("no failure found"),
        "not tried": _("not tried"),
    }[line.outcome]


def _number(line: CheckLine) -> str:
    """Return the number, its spread where there is one, and the threshold with its direction."""
    spread = (
        "" if line.low is None else _(", {low} to {high}", low=f"{line.low:.3f}", high=f"{line.high:.3f}")
    )
    if CHECKS[line.name].higher_is_worse:
        return _(
            "{value}{spread}; fails from {threshold} up",
            value=f"{line.value:.3f}", spread=spread, threshold=f"{line.threshold:.3f}",
        )  # fmt: skip
    return _(
        "{value}{spread}; fails from {threshold} down",
        value=f"{line.value:.3f}", spread=spread, threshold=f"{line.threshold:.3f}",
    )  # fmt: skip
