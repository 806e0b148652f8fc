"""Where lids and lips are on the human mesh: closed loops of edges, walked once: pure NumPy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Ints
from ..human import Human

# One vertex of each loop around the left eye: out of the socket, over the rim and up the lid.
_LID_STARTS: Final = (
    7800, 7774, 7748, 13352, 6785, 11465, 6787, 6789, 11515, 6874, 6930, 6947,
)  # fmt: skip
LID_FOLD, LID_EDGE, LID_RIM, LID_SKIN = 1, 2, 3, 4
"""Which of the lid's loops is the fold hidden in the ball, the edge on it, and the rim's two."""
LID_SPOKES: Final = 28
OUTER_CORNER, INNER_CORNER = 7, 22
"""Numbers within a lid's loop of the corners of the eye."""
UPPER_SPOKES: Final = (*range(INNER_CORNER + 1, LID_SPOKES), *range(OUTER_CORNER))
LOWER_SPOKES: Final = tuple(range(OUTER_CORNER + 1, INNER_CORNER))

# One vertex of each loop around the mouth, in the middle of the upper lip: from under the nose
# over the lip's border, the line where lips meet, and the back of the lips to the palate.
_LIP_STARTS: Final = (
    5342, 362, 455, 466, 467, 509, 468, 474, 520, 537, 554, 571, 588, 605, 622, 639, 656, 673, 690,
)  # fmt: skip
LIP_BORDER, LIP_LINE, LIP_BACK = 2, 7, 10
"""Which of the lips' loops is the border of the red, where lips meet, the back."""
LIP_SPOKES: Final = 38


@cache
def lid_loops(human: Human) -> Ints:
    """(2, 12, 28) vertices around the left and the right eye, loops from the socket outward.

    Every loop begins over the pupil and runs outward first, so that a column is a line over the
    lid. The right eye's are those on the other side of the left eye's.
    """
    near = human.joints["l-eye"]
    left = _loops(human, _LID_STARTS, near, 0.06)
    return np.stack((left, human.mirror[left]))


@cache
def lip_loops(human: Human) -> Ints:
    """(19, 38) vertices around the mouth, loops from the skin inward.

    Every loop begins in the middle of the upper lip and runs to the left first.
    """
    return _loops(human, _LIP_STARTS, human.joints["mouth"], 0.16)


def _loops(human: Human, starts: Sequence[int], centre: np.ndarray, within_m: float) -> Ints:
    """(K, S) closed loops from their first vertices, walked towards positive x first."""
    quads = human.quads["body"]
    close = np.linalg.norm(human.base[quads].mean(axis=1) - centre, axis=1) < within_m
    around: dict[int, set[int]] = defaultdict(set)
    faces: dict[int, set[int]] = defaultdict(set)
    for number, quad in enumerate(quads[close].tolist()):
        for corner, after in zip(quad, quad[1:] + quad[:1], strict=True):
            around[corner].add(after)
            around[after].add(corner)
            faces[corner].add(number)
    loops = []
    for start in starts:
        aside = [each for each in around[start] if each not in starts]
        second = max(aside, key=lambda each: float(human.base[each, 0]))
        loop = [start, second]
        while loop[-1] != start:
            shared = faces[loop[-2]] & faces[loop[-1]]
            ahead = [n for n in around[loop[-1]] if not faces[n] & shared]
            loop.append(ahead[0])
        loops.append(loop[:-1])
    return np.array(loops)
