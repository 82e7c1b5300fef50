"""How quickly the page of all runs opens, and follows a change, with 1,000 runs of 5,000 points.

Each opening happens in a server's process of its own (`python -m benchmarks.runs_page`), which has imported
what a server imports and has shown Home. What counts is processor time of the server, without a browser:
a busy neighbour stretches the clock, not the work.
"""

import json
import logging
import subprocess
import sys
import time

from streamlit.testing.v1 import AppTest

from benchmarks.home import temporary_home
from benchmarks.many_runs import bytes_read, count_rows, go_on, make_runs, measure_runs
from benchmarks.records import Sample
from core.workspace import ROOT

_N_RUNS = 1000
_N_OPENINGS, _N_CHANGES = 5, 11
_SECONDS = 300


def opening() -> Sample:
    """Seconds from the click on Runs to the page, in servers that were started anew; lines are kept."""
    with temporary_home():
        n_bytes = make_runs(_N_RUNS)
        first, *others = [_in_a_server_of_its_own() for _ in range(_N_OPENINGS + 1)]
    waited = _median([one["waited"] for one in others])
    note = (
        f"processor time; {waited:.2f} s on the clock of this machine; the very first time, without kept"
        f" lines, {first['seconds']:.2f} s ({first['waited']:.2f} s), and once {first['measuring']:.1f} s"
        " beside the page for the intervals"
    )
    if first["megabytes"] is not None:
        note += (
            f"; of {n_bytes / 1e6:.0f} MB of metrics and all else {first['megabytes']:.1f} MB were read then,"
            f" {others[0]['megabytes']:.1f} MB later, program files with it"
        )
    return Sample(tuple(one["seconds"] for one in others), note)


def refreshing() -> Sample:
    """Milliseconds of a look at all runs with the table drawn anew, after one of them has changed."""
    with temporary_home():
        make_runs(_N_RUNS)
        measure_runs()
        _quiet()
        app = AppTest.from_function(_table, default_timeout=_SECONDS).run()
        taken, waited, looks = [], [], []
        for turn in range(_N_CHANGES):
            go_on(turn, times=turn + 1)
            began, on_the_clock = time.process_time(), time.perf_counter()
            app.run()
            taken.append(1000 * (time.process_time() - began))
            waited.append(1000 * (time.perf_counter() - on_the_clock))
            go_on(turn, times=turn + 2)
            began = time.process_time()
            n_rows = count_rows()
            looks.append(1000 * (time.process_time() - began))
        if app.exception or n_rows <= _N_RUNS:
            raise RuntimeError("the table of runs shows an error")
    note = (
        f"processor time, of which the look at the folders {_median(looks):.0f} ms;"
        f" {_median(waited):.0f} ms on the clock of this machine"
    )
    return Sample(tuple(taken[1:]), note)


def _table() -> None:
    from ui.runs.filters import Wanted
    from ui.runs.table import refresh

    refresh(Wanted())


def _in_a_server_of_its_own() -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.runs_page"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _open_once() -> dict[str, float | None]:
    """Open Home, then the page of all runs; what is read meanwhile is what the system counts."""
    _quiet()
    import ui.live  # noqa: F401 - as the server does when it starts

    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=_SECONDS).run()
    before, began, on_the_clock = bytes_read(), time.process_time(), time.perf_counter()
    app = app.switch_page("../pages/runs.py").run()
    seconds, waited = time.process_time() - began, time.perf_counter() - on_the_clock
    after = bytes_read()
    if app.exception or len(app.dataframe[0].value) <= _N_RUNS:
        raise RuntimeError("the page of runs does not show them all")
    megabytes = None if before is None or after is None else (after - before) / 1e6
    return {"seconds": seconds, "waited": waited, "megabytes": megabytes, "measuring": measure_runs()}


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _quiet() -> None:
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it wonders that there is no browser


if __name__ == "__main__":
    print(json.dumps(_open_once()))
