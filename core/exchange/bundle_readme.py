"""The README.md and requirements.txt of a run that leaves as a script."""

from importlib.metadata import version
from typing import Final

from core.exchange.writing.recipe import Recipe
from core.language import _
from core.runs.store import INTENDED_USE

TOLERANCE: Final = 1e-4  # of the validation loss: what tests/test_exchange_script.py asks for
_NEEDED: Final = ("torch", "torchvision", "numpy", "pandas", "pillow", "scikit-learn")


def readme(recipe: Recipe, *, with_pictures: bool) -> str:
    """Return README.md, in the language of this context."""
    parts = [
        f"# {recipe.run_id}",
        _(INTENDED_USE),
        *([_("The images are SIMULATED: no patient is behind them.")] if recipe.simulated else []),
        _("A run of Lightbox as plain Python, readable from top to bottom."),
        f"## {_('How to run it')}",
        "```\npip install -r requirements.txt\npython train.py\n```",
        _("Or open train.ipynb: the same code, in cells."),
        f"## {_('What should come out')}",
        *_expected(recipe),
        f"## {_('Files')}",
        *_files(recipe, with_pictures=with_pictures),
    ]
    return "\n\n".join(parts) + "\n"


def requirements(recipe: Recipe) -> str:
    """Return the versions of the run, or those of this machine where it has not begun."""
    known = recipe.environment.versions if recipe.environment else {}
    return "".join(f"{name}=={_public(known.get(name) or version(name))}\n" for name in _NEEDED)


def _public(found: str) -> str:
    """Return a version without what only its builder knows: 2.14.1+cpu is no name on a package index."""
    return found.partition("+")[0]


def _expected(recipe: Recipe) -> list[str]:
    if not recipe.n_epochs_done:
        return [_("The run has not finished an epoch yet, so there is no curve to compare with.")]
    said = [
        _(
            "curve.csv comes out as the run's own, expected_curve.csv: on the same kind of CPU, with the same"
            " versions and number of threads, the validation loss differs by less than {tolerance} in every"
            " epoch. On the machine of the tests the difference was 0 or in the last digits.",
            tolerance=f"{TOLERANCE:g}",
        ),
        _(
            "On another processor, with other versions or on a GPU sums are rounded otherwise, and small"
            " differences grow from step to step: the curve is then as near as that of another seed."
        ),
    ]
    return [*said, *_differing(recipe)]


def _differing(recipe: Recipe) -> list[str]:
    """Say what the run did that the script does not."""
    said = []
    if recipe.environment is not None and recipe.environment.compiled:
        said.append(
            _("The run compiled its steps (torch.compile), the script does not: it rounds otherwise.")
        )
    if recipe.precision != "float32":
        said.append(
            _("The run counted with 16 bits: expect the curve to agree to two digits, not to the last.")
        )
    if recipe.device not in ("cpu", "auto"):
        said.append(_("The run was computed on a GPU; set DEVICE where you have none."))
    return said


def _files(recipe: Recipe, *, with_pictures: bool) -> list[str]:
    lines = [
        _("train.py, train.ipynb: the run, twice the same code."),
        _("split.csv: each picture with its class and its side of the split. No names, no pseudonyms."),
    ]
    if recipe.n_epochs_done:
        lines.append(_("expected_curve.csv: the curve of the run."))
    if recipe.starts_from_file:
        lines.append(_("start.pt: the weights that the run began with."))
    if recipe.branch is not None:
        text = _(
            "start.pt: the state after epoch {epoch} of the run {run}, from which this run goes on.",
            epoch=recipe.branch.epoch,
            run=recipe.branch.run,
        )
        lines.append(text)
    if not recipe.pictures.is_plain:
        lines.append(
            _(
                "prepared.npy: the pictures after all image steps, for at least one of these has no short"
                " plain form. The original pictures are not in it."
            )
        )
    elif with_pictures:
        lines.append(_("images/: the pictures without loss, as the data set holds them."))
    else:
        text = _(
            "The pictures take {size} MB and are not in it: export the data set '{dataset}' from Lightbox,"
            " unpack it, and run: python train.py --data FOLDER",
            size=round(recipe.pictures.n_bytes / 1e6),
            dataset=recipe.config.dataset,
        )
        lines.append(text)
    return ["\n".join(f"- {line}" for line in lines)]
