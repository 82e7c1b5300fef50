"""How much of the image one number of a layer can depend on: its receptive field, by an exact recurrence.

Along each axis the field of a layer's first output is a stretch of input pixels, and the next output's is the
same stretch moved on. A window of `kernel` places, `dilation` apart, `stride` outputs on, with `padding`
around, changes them so (Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks,
Distill 2019, doi:10.23915/distill.00021)::

    first <- first - padding * step
    size  <- size + (kernel - 1) * dilation * step
    step  <- step * stride

Where branches meet, the field is the stretch that covers all of theirs. It is a bound that is reached when no
weight on the way is zero; what lies outside it cannot count. Batch norm in eval mode adds nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Window:
    """What one output looks at along one axis: `kernel` places, `dilation` apart."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


@dataclass(frozen=True)
class Span:
    """The pixels that outputs depend on along one axis.

    Attributes
    ----------
    first
        The first pixel of output 0; negative where the padding is seen.
    size
        How many pixels.
    step
        How many pixels on the next output's field begins.
    """

    first: int = 0
    size: int = 1
    step: int = 1

    def through(self, window: Window) -> Span:
        """Return the span after a convolution or a pooling."""
        return Span(
            self.first - window.padding * self.step,
            self.size + (window.kernel - 1) * window.dilation * self.step,
            self.step * window.stride,
        )


@dataclass(frozen=True)
class Field:
    """A receptive field: rows and columns; both None where every number depends on the whole image."""

    rows: Span | None = None
    columns: Span | None = None

    def through(self, rows: Window, columns: Window) -> Field:
        """Return the field after a convolution or a pooling."""
        return Field(
            None if self.rows is None else self.rows.through(rows),
            None if self.columns is None else self.columns.through(columns),
        )

    @property
    def sides(self) -> tuple[int, int] | None:
        """(height, width) in pixels, or None for the whole image."""
        if self.rows is None or self.columns is None:
            return None
        return self.rows.size, self.columns.size


PIXEL: Final = Field(Span(), Span())  # of the image itself
WHOLE: Final = Field()


def joined(fields: Iterable[Field]) -> Field | None:
    """Return the field of branches that meet; None where there are none."""
    found = list(fields)
    if not found:
        return None
    return Field(_cover([field.rows for field in found]), _cover([field.columns for field in found]))


def adaptive_window(n_in: int, n_out: int) -> Window:
    """Return the widest window of an adaptive pooling from `n_in` to `n_out` places.

    Place i averages floor(i n_in / n_out) to ceil((i + 1) n_in / n_out): windows of different widths where
    one number does not divide the other.
    """
    widths = [-(-(place + 1) * n_in // n_out) - place * n_in // n_out for place in range(n_out)]
    return Window(max(widths), max(1, n_in // n_out))


def _cover(spans: list[Span | None]) -> Span | None:
    known = [span for span in spans if span is not None]
    if len(known) < len(spans) or len({span.step for span in known}) != 1:
        return None  # maps of different pace meet only where one of them is spread over the other
    first = min(span.first for span in known)
    return Span(first, max(span.first + span.size for span in known) - first, known[0].step)
