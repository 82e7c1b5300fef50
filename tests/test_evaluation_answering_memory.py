"""Asking a network keeps the memory of one batch for the next, in a process that has just begun."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.workspace import ROOT

_ASK = """
import resource, sys
from dataclasses import replace
import numpy as np
from core.datasets.store import open_dataset
from core.evaluation import answering
from core.runs.checkpoints import load_model
from core.runs.store import open_run
from core.transforms.preprocessing import default_preprocessing

if sys.argv[1] == "plain":
    answering._keep_memory = lambda: None
run = open_run("run-a")
dataset, loaded = open_dataset(run.config.dataset), load_model(run)
larger = {"image_size": 28, "preprocessing": default_preprocessing(28, 1)}
loaded = replace(loaded, card=loaded.card.model_copy(update=larger))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
answering.answers_on(loaded, dataset, np.arange(64).repeat(40))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _page_faults(how: str) -> int:
    asked = [sys.executable, "-c", _ASK, how]
    return int(subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="It is about the C library of Linux.")
def test_batches_do_not_ask_the_system_for_the_same_memory_again_and_again(home: Path) -> None:
    from tests.trained import make_run_of

    make_run_of(("healthy", "ill"), "run-a", n_of_each=32)
    assert _page_faults("kept") < 0.5 * _page_faults("plain")
