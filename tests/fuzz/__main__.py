"""Change real files at random and read them in the sandbox: `make fuzz`, or by hand

    python -m tests.fuzz --minutes 10
    python -m tests.fuzz --replay built/grey.png:1234

Each case is a file and a number, so it can be had again. It fails where the parent meets anything but a
picture or one sentence, where a file is written, where a decoder has more than 1 GiB. A decoder that dies or
is stopped after 10 s is no failure (that is what it is for), but its case is told. Cases that once found
something are kept in seeds.txt and run first.
"""

import argparse
import collections
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from core.errors import ImportRefusedError, UnreadableImageError
from core.images.archives import Budgets, unpack
from core.images.sandbox import Result, Sandbox, unpack_image
from tests.fuzz.corpus import corpus
from tests.fuzz.mutations import mutated

SEEDS = Path(__file__).with_name("seeds.txt")
SECONDS = 10.0
MEMORY = 1024**3
_BUDGETS = Budgets(total_bytes=64 * 1024**2)


@dataclass
class Findings:
    """What came of all cases."""

    ends: "collections.Counter[str]" = field(default_factory=collections.Counter)
    told: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    decoder_bytes: int = 0
    parent_bytes: int = 0

    def fail(self, case: str, reason: str) -> None:
        self.ends["FAILED"] += 1
        self.failures.append(f"{case}  {reason}")
        print(f"FAILED {case}  {reason}", flush=True)

    def tell(self, case: str, end: str) -> None:
        self.ends[end] += 1
        self.told.append(f"{case}  {end}")

    def look_at_memory(self) -> None:
        children = psutil.Process().children()
        sizes = [_resident(child) for child in children]
        self.decoder_bytes = max([self.decoder_bytes, *sizes])
        self.parent_bytes = max(self.parent_bytes, _resident(psutil.Process()))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def main() -> int:
    """Run, print what was found, and return 1 if anything failed."""
    arguments = _arguments()
    files = corpus()
    kept = [
        line.split("  ")[0] for line in SEEDS.read_text().splitlines() if line and not line.startswith("#")
    ]
    cases = arguments.replay or kept
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        os.environ["TMPDIR"] = folder  # whatever a decoder writes by a temporary name appears here
        end = time.monotonic() + 60 * (0 if arguments.replay else arguments.minutes)
        todo = _cases(cases, list(files), arguments.seed, end)
        with Sandbox(os.cpu_count() or 1, seconds=SECONDS, memory_bytes=MEMORY) as sandbox:
            for case, result in sandbox.map(_images(todo, files, Path(folder), findings)):
                _judge(case, result, findings)
                if sum(findings.ends.values()) % 200 == 0:
                    findings.look_at_memory()
                    _look_for_files(Path(folder), findings, case)
            findings.look_at_memory()
    _print(findings, arguments.seed)
    return 1 if findings.failures or findings.decoder_bytes > MEMORY else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the reading of images.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--replay", nargs="+", metavar="FILE:NUMBER", help="only these cases")
    return parser.parse_args()


def _cases(first: list[str], names: list[str], seed: int, end: float) -> Iterator[str]:
    yield from first
    draw = random.Random(seed)
    while time.monotonic() < end:
        yield f"{draw.choice(names)}:{draw.randrange(10**9)}"


def _images(
    cases: Iterator[str], files: dict[str, bytes], folder: Path, findings: Findings
) -> Iterator[tuple[Any, bytes | Path, dict[str, Any]]]:
    """Yield the changed pictures for the sandbox; changed archives are unpacked here."""
    contents = list(files.values())
    for case in cases:
        name, _, number = case.rpartition(":")
        if name not in files:  # a kept case of a file that is not here
            findings.ends["not here"] += 1
            continue
        content = mutated(files[name], contents, random.Random(f"{name}:{number}"))
        if name.endswith(".zip"):
            _unpack(case, content, folder, findings)
        else:
            yield case, content, {}


def _unpack(case: str, content: bytes, folder: Path, findings: Findings) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="unpack-") as work:
        archive, into = Path(work) / "a.zip", Path(work) / "into"
        archive.write_bytes(content)
        try:
            members = unpack(archive, into, budgets=_BUDGETS)
            findings.ends["unpacked"] += 1
        except ImportRefusedError:
            findings.ends["archive refused"] += 1
            return
        except Exception as error:  # noqa: BLE001 - anything else is what we look for
            findings.fail(case, f"unpack raised {error!r}")
            return
        outside = {path.name for path in Path(work).iterdir()} - {"a.zip", "into"}
        if outside or any(not member.path.resolve().is_relative_to(into.resolve()) for member in members):
            findings.fail(case, "written outside")


def _judge(case: str, result: Result | UnreadableImageError, findings: Findings) -> None:
    if isinstance(result, UnreadableImageError):
        reason = str(result)
        for sign, end in (("took longer", "timeout"), ("more memory", "memory"), ("decoder fail", "died")):
            if sign in reason:
                findings.tell(case, end)
                break
        else:
            findings.ends["refused"] += 1
        if "\n" in reason or len(reason) > 500:
            findings.fail(case, f"not one sentence: {reason!r:.200}")
        return
    try:
        image = unpack_image(*result)
        if not (np.isfinite(image.values).all() and np.isfinite(image.value_range).all()):
            findings.fail(case, "values that are no numbers")
        findings.ends["read"] += 1
    except Exception as error:  # noqa: BLE001 - anything else is what we look for
        findings.fail(case, f"the answer is no picture: {error!r:.200}")


def _look_for_files(folder: Path, findings: Findings, case: str) -> None:
    if left := [path.name for path in folder.iterdir()]:
        findings.fail(case, f"or a case up to 200 before it wrote {left}")


def _print(findings: Findings, seed: int) -> None:
    for line in findings.told:
        print(f"told   {line}")
    counts = ", ".join(f"{n} {end}" for end, n in findings.ends.most_common())
    megabytes = (
        f"decoder {findings.decoder_bytes // 1024**2} MB, parent {findings.parent_bytes // 1024**2} MB"
    )
    print(f"{sum(findings.ends.values())} cases (seed {seed}): {counts}; most memory seen: {megabytes}")
    if findings.failures:
        print("Replay with: python -m tests.fuzz --replay FILE:NUMBER; keep the case in tests/fuzz/seeds.txt")


if __name__ == "__main__":
    sys.exit(main())
