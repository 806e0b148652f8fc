"""The foot of the second skin: along, across and up, for shoes to be made of: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from .tights import load_tights, ramp

_RIM: Final = 60  # longest loop around a foot
BEND_SHARE: Final = 0.05  # how far before and behind the ball a sole bends, of a foot's length


@dataclass(frozen=True, eq=False)
class Foot:
    """Where the fine mesh's vertices lie on one foot of the base.

    Args:
        share: (N,) 0 at the heel to 1 at the toe's tip.
        aside: (N,) −1 at the inner to 1 at the outer edge.
        rise_m: (N,) above the ground.
        ball: share at which the toes bend.
        rim: (52,) the loop around the foot just above the sole, from the toe's tip.
        toe: (N,) share of the toe bone in a sole's weights; the foot bone has the rest.
    """

    share: Floats
    aside: Floats
    rise_m: Floats
    ball: float
    rim: Ints
    toe: Floats


@cache
def find_foot(side: str) -> Foot:
    """One foot: side "l" or "r"."""
    tights, sign = load_tights(), 1.0 if side == "l" else -1.0
    base, joints = tights.base, tights.human.joints
    ankle = joints[f"{side}-ankle"]
    mine = (base[:, 0] * sign > 0.0) & (base[:, 1] < ankle[1])
    z = base[mine, 2]
    share = (base[:, 2] - z.min()) / np.ptp(z)
    ball = float((joints[f"{side}-toe-2-1"][2] - z.min()) / np.ptp(z))
    ground = tights.human.base[tights.human.vertices_of("body"), 1].min()
    rim = _rim(np.flatnonzero(mine))
    around = base[rim]
    middle, half = (around[:, 0].max() + around[:, 0].min()) / 2, np.ptp(around[:, 0]) / 2
    return Foot(
        share,
        sign * (base[:, 0] - middle) / half,
        base[:, 1] - ground,
        ball,
        rim,
        ramp(share, ball - BEND_SHARE, ball + BEND_SHARE),
    )


def _rim(vertices: Ints) -> Ints:
    """The lowest loop around a foot, from the toe's tip, anticlockwise seen from above."""
    tights = load_tights()
    base, found = tights.base, {}
    for start in vertices[np.argsort(base[vertices, 2])[:12]]:
        for other in tights.fine.neighbours[start]:
            loop = tights.fine.loop(int(start), int(other), _RIM)
            if loop is not None and np.ptp(base[loop, 2]) > 0.15:
                found[float(base[loop, 1].mean())] = loop
    loop = found[min(found)]
    loop = np.roll(loop, -int(np.argmax(base[loop, 2])))
    x, z = base[loop, 0], base[loop, 2]
    area = np.sum(x * np.roll(z, -1) - np.roll(x, -1) * z)
    return loop if area < 0.0 else np.roll(loop[::-1], 1)
