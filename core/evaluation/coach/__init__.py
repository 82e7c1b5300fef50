"""The curve coach: looks at the curves of a run so far, says what is wrong with them, and what to try.

Covers: ten faults that curves show, each by a rule that is written down with its reason (`thresholds`); the
same lines always give the same findings. Does not cover: what curves do not show. A leak that makes training
and validation equally easy, wrong labels on both sides, or a shortcut leave a curve that looks well.
"""

from core.evaluation.coach.coaching import coach
from core.evaluation.coach.records import SILENT, Finding, Kind
from core.evaluation.coach.runs import coach_run

__all__ = ["SILENT", "Finding", "Kind", "coach", "coach_run"]
