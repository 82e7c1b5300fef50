"""A job for the tests of what jobs do: it says nothing, and stops after so many looks."""

from pathlib import Path

from core.errors import JobStoppedError
from core.jobs.worker import Job


class Standing(Job):
    """Stands in for a job at work."""

    def __init__(self, folder: Path, *, stop_after: int | None = None) -> None:
        self.folder, self._left = folder, stop_after
        self.reported: list[float] = []

    def report(self, progress: float, message: object = None, *, seconds_left: float | None = None) -> None:
        """Remember how far it is."""
        self.reported.append(progress)

    def should_stop(self) -> bool:
        """Tell whether there were enough looks."""
        if self._left is not None:
            self._left -= 1
        return self._left is not None and self._left < 0

    def check_stop(self) -> None:
        """Raise after the last look."""
        if self.should_stop():
            raise JobStoppedError
