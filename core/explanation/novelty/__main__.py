"""Count how often a network's check misses images that do not belong.

    python -m core.explanation.novelty RUN FOLDER [--keep-as NETWORK]

Each folder in FOLDER is a kind; what cannot be read is left out and counted. `--keep-as` puts the counts into
tried.json as those of one of its networks.
"""

import argparse
import sys
from pathlib import Path

from core.errors import LightboxError
from core.explanation.novelty import tried
from core.explanation.novelty.judging import novelty_of
from core.explanation.novelty.making import make_and_keep
from core.explanation.novelty.records import Reference
from core.explanation.novelty.store import stored_reference
from core.images.sandbox import read
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.store import open_run


def main(arguments: list[str] | None = None) -> int:
    """Print a line a kind, and the share of its images that were missed."""
    parser = argparse.ArgumentParser(prog="python -m core.explanation.novelty", description=__doc__)
    parser.add_argument("run")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep-as", choices=tuple(tried.NETWORKS), metavar="NETWORK")
    asked = parser.parse_args(arguments)
    try:
        run = open_run(asked.run)
        loaded, reference = load_model(run), stored_reference(run) or make_and_keep(run)
    except LightboxError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    folders = sorted(path for path in asked.folder.iterdir() if path.is_dir())
    counts = tuple(_count(loaded, reference, folder, asked.keep_as or "") for folder in folders)
    for one in counts:
        sys.stdout.write(f"{one.kind}: flagged {one.flagged} of {one.n}, missed {one.missed}\n")
    if asked.keep_as:
        others = tuple(one for one in tried.tried_table().counts if one.network != asked.keep_as)
        tried.write(tried.PATH, (*others, *counts))
    return 0


def _count(loaded: LoadedModel, reference: Reference, folder: Path, network: str) -> tried.Tried:
    flagged = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            image = read(path.read_bytes(), name=path.name)
            flagged.append(novelty_of(loaded, reference, image).is_flagged)
        except LightboxError as error:
            sys.stderr.write(f"{path.name}: {error}\n")
    return tried.Tried(network=network, kind=folder.name, n=len(flagged), flagged=sum(flagged))


if __name__ == "__main__":
    raise SystemExit(main())
