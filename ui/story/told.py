"""What is known of the run that is told about; each fact is looked up when a step asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.editing import edits_since
from core.errors import LightboxError, UserError
from core.evaluation.decisions import Threshold, decide
from core.evaluation.referral import Referral, ReferralCurve, refer, referral_curve
from core.evaluation.subgroup_values import attributes_of
from core.evaluation.subgroups import Subgroups
from core.evaluation.ward import Sides, Ward, sides_of, ward
from core.experiments.rivals.asking import rivals_answer
from ui import answers, cache
from ui.operating import EVEN, threshold_of

if TYPE_CHECKING:
    from core.evaluation.records import Evaluation
    from core.evaluation.subgroup_records import Subgroup, SubgroupTable
    from core.experiments.rivals.records import RivalsAnswer
    from core.runs.predictions import Predictions
    from core.runs.store import Run

REFERRED = 0.2
PREVALENCE = 0.05
_FEW_IN_GROUP = 10


@st.cache_resource(max_entries=8, show_spinner=False)
def _groups(run_id: str, changed: int, dataset_id: str, revision: str, _found: Predictions) -> Subgroups:
    return Subgroups(_found, attributes_of(cache.dataset(dataset_id), _found.sample_ids))


@st.cache_resource(max_entries=32, show_spinner=False)
def _curve(run_id: str, changed: int, threshold: Threshold, _found: Predictions) -> ReferralCurve | None:
    return referral_curve(_found, threshold=threshold)


@dataclass
class Told:
    """A run, judged on the validation images.

    Attributes
    ----------
    run
        Who is told about.
    in_room
        Whether it is shown in presenter mode: large, plain, and without controls.
    """

    run: Run
    in_room: bool

    @property
    def positive(self) -> str | None:
        """The class that is looked for; None with more than two."""
        return self.run.card.positive_class

    @property
    def simulated(self) -> bool:
        """Whether a program drew the images."""
        return self.run.card.simulated

    @cached_property
    def found(self) -> Predictions:
        """What the network answered."""
        return answers.predictions(self.run, "val")

    @property
    def threshold(self) -> Threshold:
        """From which probability on it calls the class, as it was set on Evaluate; of several one each."""
        return threshold_of(self.run)

    @cached_property
    def judged(self) -> Evaluation:
        """How good that was."""
        return answers.evaluation(self.run, "val", self.threshold)

    @cached_property
    def called(self) -> NDArray[np.int64]:
        """The class that it called for each image, (n,)."""
        return decide(self.found, self.threshold)

    @property
    def n_right(self) -> int:
        """How many images it called right."""
        return int((self.called == self.found.y_true).sum())

    @cached_property
    def sides(self) -> Sides:
        """How many with and without the class were called; only with two classes."""
        threshold = self.threshold
        return sides_of(self.found, threshold if isinstance(threshold, float) else EVEN)

    @cached_property
    def missed(self) -> list[int]:
        """sample_ids of what it overlooked; with more than two classes, of all that it named wrongly."""
        wrong = self.called != self.found.y_true
        index = self.found.positive_index
        if index is not None:
            wrong &= self.found.y_true == index
        score = self.found.y_score[np.arange(self.found.n_samples), self.found.y_true]
        order = np.argsort(score, kind="stable")  # the surest mistakes first
        return [int(self.found.sample_ids[place]) for place in order if wrong[place]]

    @cached_property
    def ward(self) -> Ward | None:
        """1,000 people of whom 50 have it; None where one side has no image."""
        if self.positive is None:
            return None
        found, alarmed = self.sides.sick.share, self.sides.healthy.share
        return None if found is None or alarmed is None else ward(found, 1 - alarmed, PREVALENCE)

    @cached_property
    def referral(self) -> Referral:
        """What happens when the least sure fifth is passed on."""
        return refer(self.found, REFERRED, threshold=self.threshold)

    @cached_property
    def curve(self) -> ReferralCurve | None:
        """The mistakes among the rest, for each share passed on."""
        return _curve(self.run.run_id, answers.changed_ns(self.run), self.threshold, self.found)

    @cached_property
    def rivals(self) -> RivalsAnswer | None:
        """What simple methods do; None where nobody has asked."""
        try:
            return rivals_answer(self.run, "val")
        except LightboxError:
            return None

    @cached_property
    def has_images(self) -> bool:
        """Whether the data set is still there, and no other one under its name."""
        try:
            return edits_since(self.run.config.dataset, self.run.request.dataset_revision) is not None
        except UserError:
            return False

    @cached_property
    def group(self) -> tuple[Subgroup, SubgroupTable] | None:
        """The group of patients in whom it does worst, and the table it stands in; None without one."""
        if not self.has_images:
            return None
        table = self._table()
        whole = table.whole.value
        told = [
            group
            for group in table.groups
            if group.too_small is None and group.metric.value is not None and group.metric.n >= _FEW_IN_GROUP
        ]
        if whole is None or len({group.attribute for group in told}) == 0:
            return None
        return min(told, key=lambda group: group.metric.value or 0.0), table

    def _table(self) -> SubgroupTable:
        info = cache.dataset(self.run.config.dataset).info
        key = (self.run.run_id, answers.changed_ns(self.run), info.dataset_id, info.revision)
        return _groups(*key, self.found).at(self.threshold, "sensitivity" if self.positive else "accuracy")
