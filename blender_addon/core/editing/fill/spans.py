"""Where something is missing, and which stretch of a clip is looked at to fill it.

A gap is a run of frames in each of which something is missing. Gaps near each other are filled
together, with known frames before and after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...conventions import Bools
from ...feet.contacts import spans


@dataclass(frozen=True)
class Span:
    """A stretch of a clip, in its frames; stops lie behind the last frame.

    Args:
        first, stop: what is looked at.
        kept_first, kept_stop: what of it is filled.
    """

    first: int
    stop: int
    kept_first: int
    kept_stop: int

    @property
    def part(self) -> slice:
        """What is looked at."""
        return slice(self.first, self.stop)


def find_gaps(known: Bools) -> list[tuple[int, int]]:
    """Runs of frames [start, stop) in which anything of (T, K) is missing."""
    return spans(~known.all(axis=1))


def plan_spans(known: Bools, context: int, longest: int) -> list[Span]:
    """Stretches that together hold every gap once.

    Args:
        known: (T, K).
        context: frames desired on either side of what is filled.
        longest: frames of several gaps filled together.
    """
    groups: list[list[tuple[int, int]]] = []
    for gap in find_gaps(known):
        last = groups[-1] if groups else None
        if last and gap[0] - last[-1][1] < context and gap[1] - last[0][0] <= longest:
            last.append(gap)
        else:
            groups.append([gap])
    return [_around(known, group[0][0], group[-1][1], context) for group in groups]


def _around(known: Bools, first: int, stop: int, context: int) -> Span:
    """With context, which begins and ends with known frames unless the clip itself does not."""
    whole = np.flatnonzero(known.all(axis=1))
    before = whole[(whole >= first - context) & (whole < first)]
    after = whole[(whole < stop + context) & (whole >= stop)]
    begin = int(before[0]) if len(before) else first
    end = int(after[-1]) + 1 if len(after) else stop
    return Span(begin, end, first, stop)
