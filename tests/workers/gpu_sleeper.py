"""A job that asks for a GPU, claims it, and works until it is stopped: `... FOLDER`, as sleeper.py.

The file `visible` in its folder says which GPU its process may see.
"""

import os
import sys
import time
from pathlib import Path

from core.jobs import places
from core.jobs.worker import work

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    places._torch_has_cuda = lambda: True  # type: ignore[assignment]
    with work(folder) as job:
        places.claim(job.wait_for_turn("cuda"))
        (folder / "visible").write_text(os.environ["CUDA_VISIBLE_DEVICES"])
        while True:
            job.check_stop()
            time.sleep(0.01)
