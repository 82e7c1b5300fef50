"""All commands together, and the one place where an error becomes an exit code.

0: done. 1: Lightbox could not do what is right in itself. 2: a mistake of the user's, said in one sentence.
"""

import os
import sys

import click

from core.cli import (
    answers,
    around,
    branching,
    checking,
    coach,
    compare,
    data,
    datasets,
    deidentification,
    exchange,
    jobs,
    lists,
    medmnist,
    models,
    pipelines,
    profile,
    replay,
    report,
    rivals,
    runs,
    shortcut,
    sweeps,
    training,
)
from core.errors import LightboxError, StorageError, UserError
from core.language import set_language


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lightbox() -> None:
    """Learn, demonstrate and question deep learning on medical images. Never for diagnosis."""


for _command in (
    *lists.COMMANDS,
    *runs.COMMANDS,
    jobs.jobs,
    data.import_command,
    data.inspect_command,
    *datasets.COMMANDS,
    deidentification.deidentify,
    profile.profile,
    medmnist.medmnist,
    pipelines.steps,
    pipelines.pipelines,
    training.train,
    training.stop,
    training.resume,
    training.watch,
    branching.branch,
    *around.COMMANDS,
    *sweeps.COMMANDS,
    *exchange.COMMANDS,
    *models.COMMANDS,
    answers.evaluate,
    coach.coach,
    compare.compare,
    rivals.rivals,
    shortcut.shortcut,
    answers.predict,
    answers.explain,
    checking.check,
    replay.replay,
    report.report,
):
    lightbox.add_command(_command)


def run() -> None:
    """Run one command and exit with its code. LIGHTBOX_LANGUAGE chooses the language of what is said."""
    set_language(os.environ.get("LIGHTBOX_LANGUAGE", "en"))
    try:
        code = lightbox.main(prog_name="python -m core", standalone_mode=False)
    except LightboxError as error:
        click.echo(str(error), err=True)
        code = 2 if isinstance(error, UserError) else 1
    except OSError as error:
        click.echo(str(StorageError(error)), err=True)
        code = 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "python -m core"
        click.echo(f"{error.format_message()} ({where} --help)", err=True)
        code = 2
    except click.exceptions.Abort:
        code = 130
    sys.exit(code)
