"""What a run writes down as it goes: lines of metrics, what happens to it, and how far it is."""

import math
import time
from collections.abc import Callable

from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.metrics import MetricsLine, append_metrics, cut_metrics, read_metrics
from core.runs.records import EventKind, RunEvent, StepMetrics
from core.runs.store import Run
from core.training.disk import patiently
from core.training.engine import Engine
from core.training.memory import used_bytes


class Recorder:
    """Writes metrics.jsonl and the progress of the job; made when the engine stands where the run goes on.

    Attributes
    ----------
    seconds_before
        What the run took before this process began.
    images_seen
        In this process.
    """

    def __init__(self, run: Run, job: Job, engine: Engine) -> None:
        self._run, self._job, self._engine = run, job, engine
        progress = engine.progress
        patiently(job, run.folder, lambda: cut_metrics(run.folder, step=progress.step, epoch=progress.epoch))
        lines = read_metrics(run.folder).lines
        self.steps = [line for line in lines if isinstance(line, StepMetrics)]
        timed = (line.seconds for line in lines if not isinstance(line, RunEvent))
        self.seconds_before = max(timed, default=0.0)
        self.images_seen = 0
        self._began = self._group_began = time.monotonic()
        self._group_images = 0
        self._resumed_at = self._done()
        self._is_noting = False
        job.after_pause = self._note_pause

    @property
    def seconds(self) -> float:
        """What the run has taken up to now, without the time between its processes."""
        return self.seconds_before + time.monotonic() - self._began

    def count(self, n_images: int) -> None:
        """Count the images of a step."""
        self.images_seen += n_images
        self._group_images += n_images

    def write(self, line: MetricsLine) -> None:
        """Append a line; a full disk is waited for."""
        patiently(self._job, self._run.folder, lambda: append_metrics(self._run.folder, line))

    def note(self, what: EventKind, message: Message) -> None:
        """Write down what happened to the run, at the step that is next to be made.

        A run that goes on from before that step has not met with it yet: its line is cut.
        """
        step = self._engine.progress.step + 1
        self.write(RunEvent(what=what, step=step, epoch=self._done(), message=message))

    def _note_pause(self, seconds: float) -> None:
        """Write down, once it can be written, that the disk was full: a fact of the steps made before it."""
        if self._is_noting:  # this very line has waited for room
            return
        text = N_("The disk was full: the run waited {seconds} s for room and went on by itself.")
        message = Message(text=text, values={"seconds": math.ceil(seconds)})
        step = self._engine.progress.step
        self._is_noting = True
        self.write(RunEvent(what="disk", step=step, epoch=self._done(), message=message))
        self._is_noting = False

    def group(self, learning_rate: float) -> StepMetrics:
        """Write the line for the images since the last one, and begin the next group."""
        progress, now = self._engine.progress, time.monotonic()
        line = StepMetrics(
            step=progress.step,
            epoch=self._done(),
            loss=progress.group_loss_sum / progress.group_n_images,
            learning_rate=learning_rate,
            images_per_second=self._group_images / max(now - self._group_began, 1e-9),
            seconds=self.seconds,
            memory_bytes=used_bytes(self._engine.device),
        )
        self.write(line)  # first: stopped while it waits for room, the next line speaks for these images too
        progress.group_loss_sum, progress.group_n_images = 0.0, 0
        self.restart_clock()
        return line

    def restart_clock(self) -> None:
        """Leave what was done since the last group out of the next one's images per second."""
        self._group_began, self._group_images = time.monotonic(), 0

    def report(self, offer: Callable[[Callable[[], None]], None]) -> None:
        """Say how far the run is, and how long it will still take; `offer` does the writing or forgets it."""
        if not self._job.is_report_due():
            return
        epochs, done = self._run.config.epochs, self._done()
        here = done - self._resumed_at
        left = (time.monotonic() - self._began) / here * (epochs - done) if here > 0 else None
        epoch = min(self._engine.progress.epoch + 1, epochs)
        text = Message(text=N_("Epoch {epoch} of {epochs}"), values={"epoch": epoch, "epochs": epochs})
        offer(lambda: self._job.report(done / epochs, text, seconds_left=left))

    def _done(self) -> float:
        """Return the finished epochs, with the part of the one at work."""
        progress = self._engine.progress
        return progress.epoch + progress.batch / self._engine.n_batches
