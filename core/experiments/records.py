"""What an experiment is: a question with its numbers, asked once and answered in a job of its own."""

from typing import Final

from pydantic import BaseModel, ConfigDict

KIND: Final = "experiment"  # of the jobs that answer


class ExperimentSpec(BaseModel):
    """One entry of EXPERIMENTS.

    Attributes
    ----------
    name
        Its key.
    title
        What it is about, in a few words, where the jobs at work are listed.
    request, result
        The records of the question and of the answer, as "module:Class"; neither module loads torch.
    builder
        The function (request, job) -> result, as "module:function".
    version
        Raise it when the same question gets another answer: kept ones are then made anew.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    request: str
    result: str
    builder: str
    version: int = 1


class Request(BaseModel):
    """The base of every question: equal questions have one answer.

    Put into it all that decides the answer: the data set with its revision, the seeds, the settings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(BaseModel):
    """The base of every answer: what is kept as JSON. Arrays are lists; no more than a page shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
