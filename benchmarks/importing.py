"""How fast and how large an import is: against bare decoding of the same files, and against a tenth of them.

Run by the measurement itself as `python -m benchmarks.importing SOURCE`: imports a folder, and prints its
peak memory as JSON.
"""

import json
import logging
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.home import temporary_home
from benchmarks.machine import n_cores
from benchmarks.records import Sample
from core.datasets.encoding import png_bytes
from core.datasets.importing import ImportOptions, import_path
from core.datasets.phantom_dicom import to_dicom
from core.datasets.phantoms import PhantomConfig, display_8bit, make_films
from core.errors import UnreadableImageError
from core.images import read
from core.workspace import ROOT

_REAL = ROOT.parent / "shared" / "data"
_NO_IMAGES = (".csv", ".md", ".npz")
_N_TIMES = 5
_FEW, _MANY = 2_000, 20_000
_SIDE = 48


def rate() -> Sample:
    """Images a second of an import over those of decoding alone on all cores, in turns; both start warm."""
    with _source() as (folder, files), temporary_home(), _pool() as pool:
        _timed(lambda: _import(folder, "warm"))
        _timed(lambda: pool.map(_decode, files, chunksize=8))
        pairs = [
            (
                _timed(lambda: pool.map(_decode, files, chunksize=8)),
                _timed(lambda turn=turn: _import(folder, f"turn-{turn}")),  # type: ignore[misc]
            )
            for turn in range(_N_TIMES)
        ]
    by_processor = np.median([bare.processor / whole.processor for bare, whole in pairs])
    a_second = len(files) / np.median([whole.wall for _, whole in pairs])
    note = (
        f"{len(files)} files, {a_second:.0f} a second on {n_cores()} cores;"
        f" by processor time, which others on the machine do not change, {by_processor:.2f} x"
    )
    return Sample(tuple(bare.wall / whole.wall for bare, whole in pairs), note)


def memory() -> Sample:
    """Peak memory of the importing process with 20,000 small images over that with 2,000."""
    with tempfile.TemporaryDirectory(prefix="lightbox-bench-") as scratch:
        few, many = (_make_small(Path(scratch) / str(n), n) for n in (_FEW, _MANY))
        pairs = [(_peak(few), _peak(many)) for _ in range(3)]
    note = f"{pairs[0][0]:.0f} MB and {pairs[0][1]:.0f} MB; the decoders beside it do not grow"
    return Sample(tuple(large / small for small, large in pairs), note)


@contextmanager
def _pool() -> Iterator["multiprocessing.pool.Pool"]:
    with multiprocessing.get_context("spawn").Pool(n_cores()) as pool:
        yield pool


def _decode(path: str) -> int:
    try:
        return read(Path(path).read_bytes()).values.nbytes
    except UnreadableImageError:
        return 0


def _import(folder: Path, name: str) -> None:
    import_path(folder, ImportOptions(name=name))


@dataclass(frozen=True)
class _Seconds:
    wall: float
    processor: float  # of this process and those it started


def _timed(work: Callable[[], object]) -> _Seconds:
    began, spent = time.perf_counter(), _processor_seconds()
    work()
    return _Seconds(time.perf_counter() - began, _processor_seconds() - spent)


def _processor_seconds() -> float:
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (this, *this.children(recursive=True)))


@contextmanager
def _source() -> Iterator[tuple[Path, list[str]]]:
    """Give a folder of two classes: the real images where they lie beside the project, else phantoms."""
    with tempfile.TemporaryDirectory(prefix="lightbox-bench-") as scratch:
        contents = _real_files() if _REAL.is_dir() else _phantom_files()
        for number, (suffix, content) in enumerate(contents):
            path = Path(scratch) / "ab"[number % 2] / f"{number:05}{suffix}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        yield Path(scratch), sorted(str(path) for path in Path(scratch).rglob("*") if path.is_file())


def _real_files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(_REAL.rglob("*")):
        if path.is_file() and path.suffix not in _NO_IMAGES:
            yield path.suffix, path.read_bytes()


def _phantom_files() -> Iterator[tuple[str, bytes]]:
    for film in make_films(PhantomConfig(n_patients=60)):
        pixels = display_8bit(film)
        for turns in range(4):
            turned = BytesIO()
            Image.fromarray(np.rot90(pixels, turns)).save(turned, "JPEG", quality=90)
            yield ".jpeg", turned.getvalue()
        yield ".png", png_bytes(pixels)
        yield ".dcm", to_dicom(film)


def _make_small(folder: Path, n: int) -> Path:
    draw = np.random.default_rng(0)
    ramp = np.arange(_SIDE, dtype=np.uint8)
    for number in range(n):
        pixels = ramp[:, None] * 2 + ramp + draw.integers(0, 64, dtype=np.uint8)
        pixels[:2, :2] = np.frombuffer(number.to_bytes(4, "little"), np.uint8).reshape(2, 2)
        path = folder / "ab"[number % 2] / f"{number // 1000}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_bytes(pixels))
    return folder


def _peak(folder: Path) -> float:
    """Import a folder in a process of its own, and return its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.importing", str(folder)]
    with temporary_home():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return float(json.loads(done.stdout)["megabytes"])


def _peak_bytes() -> int:
    """Return the peak memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says there is that of the process that started this one, if larger
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(peak.split()[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _report(folder: Path) -> None:
    logging.basicConfig(level=logging.WARNING)
    _import(folder, "measured")
    print(json.dumps({"megabytes": _peak_bytes() / 1e6}))


if __name__ == "__main__":
    _report(Path(sys.argv[1]))
