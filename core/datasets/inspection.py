"""Look at a source before anything of it is kept: `python -m core.datasets.inspection STAGING_FOLDER`.

Zips are unpacked under budgets, headers and a sample of the images are read in the sandbox. All that is found
stays in the staging folder: plan.json, previews/, and memory.json with what need not be read again when the
importer changes an option.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.datasets.opening import open_for_plan
from core.datasets.options import ImportOptions
from core.datasets.patient_patterns import count_patients
from core.datasets.plan import ImportPlan, Preview
from core.datasets.recognition import plan_of
from core.datasets.sampling import Memory, Seen, look_at_sample
from core.datasets.source_files import ARCHIVE_SUFFIXES
from core.images.archives import unpack
from core.jobs.worker import work
from core.language import N_, Message
from core.workspace import write_json, write_text

KIND: Final = "inspection"
PLAN: Final = "plan.json"
PREVIEWS: Final = "previews"
NAMES: Final = "names.json"

_SHARE_OF_UNPACKING: Final = 0.6
_UNPACKING: Final = Message(text=N_("The archive is being unpacked."))
_RECOGNISING: Final = Message(text=N_("The files are being looked through."))
_LOOKING: Final = Message(text=N_("Some of the images are being read."))

Progress = Callable[[float, Message], None]
Check = Callable[[], None]


class InspectionRequest(BaseModel):
    """What is to be inspected: request.json of the staging folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    options: ImportOptions


def inspect(
    path: Path,
    options: ImportOptions,
    *,
    memory: Memory | None = None,
    progress: Progress = lambda _share, _message: None,
    check: Check = lambda: None,
) -> ImportPlan:
    """Return what would be imported, after a sample of the images was read for real.

    Parameters
    ----------
    memory
        What was read before; added to.
    progress
        Called with the share done, in [0, 1], and a sentence.
    check
        Called now and then; what it raises ends the inspection.

    Raises
    ------
    UserError
        As for `core.datasets.recognition.recognise`.
    """
    memory = memory or Memory()
    progress(0.0, _RECOGNISING)
    with closing(open_for_plan(path, options, known=memory.headers, check=check)) as source:
        plan = plan_of(source, known=memory.headers, check=check)
        memory.names = tuple(entry.name for entry in source.entries)
        memory.others = tuple(name for name, _ in source.ignored)
        if options.patient_pattern is not None and not options.patient_column:
            n_patients = count_patients(options.patient_pattern, memory.names)
            plan = plan.model_copy(update={"n_patients": n_patients})
        progress(0.5, _LOOKING)
        seen = list(look_at_sample(plan, source.entries, options, memory, check=check))
    return _with_looks(plan, seen)


def _with_looks(plan: ImportPlan, seen: list[Seen]) -> ImportPlan:
    looks = [one.look for one in seen if one.look is not None]
    modalities = Counter(look.modality for look in looks if look.modality)
    by_place = {one.place: one for one in seen}
    return plan.model_copy(
        update={
            "previews": tuple(_shown(preview, by_place[preview.index]) for preview in plan.previews),
            "modalities": plan.modalities or dict(modalities),
            "windows": max((look.windows for look in looks), key=len, default=()),
            "n_looked_at": len(seen),
            "n_unreadable": len(seen) - len(looks),
            "text_reasons": dict(Counter(reason for look in looks for reason in look.text_reasons)),
        }
    )


def _shown(preview: Preview, seen: Seen) -> Preview:
    return preview.model_copy(update={"problem": seen.problem, "picture": seen.picture})


def unpack_zips(folder: Path, progress: Progress, check: Check) -> bool:
    """Unpack the zips among uploaded files where they lie, each into a folder of its name.

    One that came alone needs none: its files are the source. Returns whether there were any.
    """
    inside = sorted(folder.iterdir())
    zips = [path for path in inside if path.suffix.lower() in ARCHIVE_SUFFIXES and path.is_file()]
    for number, path in enumerate(zips):

        def report(share: float, done: int = number) -> None:
            check()
            progress(_SHARE_OF_UNPACKING * (done + share) / len(zips), _UNPACKING)

        unpacked = folder.with_name("unpacked")
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(path, unpacked, progress=report)
        path.unlink()
        if len(inside) == 1:
            folder.rmdir()
            unpacked.rename(folder)
        else:
            unpacked.rename(_free(folder / path.stem))
    return bool(zips)


def _free(path: Path) -> Path:
    number = 2
    free = path
    while free.exists():
        free = path.with_name(f"{path.name}-{number}")
        number += 1
    return free


def main(folder: Path) -> None:
    """Do the inspection that request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = InspectionRequest.model_validate_json((folder / "request.json").read_bytes())
        memory = _read_memory(folder)
        progress: Progress = job.report
        if request.path.is_relative_to(folder) and unpack_zips(request.path, progress, job.check_stop):
            progress = partial(_after_unpacking, job.report)
        try:
            plan = inspect(
                request.path, request.options, memory=memory, progress=progress, check=job.check_stop
            )
        finally:
            write_json(folder / "memory.json", {"headers": memory.headers, "looks": memory.looks})
        write_json(folder / NAMES, (*memory.names, *memory.others))
        write_text(folder / PLAN, plan.model_dump_json() + "\n")


def _after_unpacking(progress: Progress, share: float, message: Message) -> None:
    progress(_SHARE_OF_UNPACKING + (1 - _SHARE_OF_UNPACKING) * share, message)


def _read_memory(folder: Path) -> Memory:
    path = folder / "memory.json"
    known = json.loads(path.read_bytes()) if path.exists() else {"headers": {}, "looks": {}}
    return Memory(known["headers"], known["looks"], folder / PREVIEWS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
