"""An import that kills itself at its n-th step: `python -m tests.workers.dying_importer SOURCE N`.

A step is whatever changes something below LIGHTBOX_HOME: a file opened for writing, a folder made, a name
changed or removed. At the end the number of steps is printed.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from core.datasets.importing import ImportOptions, import_path
from core.workspace import home

_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "shutil.rmtree")
_steps = 0


def main(source: Path, deadly: int) -> None:
    """Import `source` as "new", and die at the step `deadly`."""
    below = f"{home()}{os.sep}"

    def count(event: str, details: tuple[Any, ...]) -> None:
        global _steps  # noqa: PLW0603 - an audit hook has no other place to count
        is_write = event == "open" and isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)
        if (is_write or event in _CHANGES) and str(details[0]).startswith(below):
            _steps += 1
            if _steps == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    import_path(source, ImportOptions(name="new"))
    sys.stdout.write(f"{_steps}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
