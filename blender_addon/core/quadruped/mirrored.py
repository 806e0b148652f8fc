"""An animal in a mirror: each number of the network's vectors is another one, or its negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..inference.layout import Layout
from .features import INPUT_LAYOUT, OUTPUT_LAYOUT
from .gaits import ACTIONS
from .skeleton import MIRROR

_GROUND: Final = (-1.0, 1.0)
_SPACE: Final = (-1.0, 1.0, 1.0)
_SIX: Final = (1.0, -1.0, -1.0, -1.0, 1.0, 1.0)
"""Of the columns x and y of M R M, M the mirror: M R M x = −M (R x), M R M y = M (R y)."""
_FEET: Final = np.array([2, 3, 0, 1])


@dataclass(frozen=True, eq=False)
class Mirror:
    """How a vector looks from the other side.

    Args:
        order: (F,) which number comes there.
        sign: (F,) 1 or −1.
    """

    order: Ints
    sign: Floats

    def __call__(self, vectors: Floats) -> Floats:
        """(…, F) vectors seen in the mirror; twice is as it was."""
        return np.asarray(vectors[..., self.order] * self.sign)


def _other_action(name: str) -> int:
    swapped = name.replace("left", "*").replace("right", "left").replace("*", "right")
    return ACTIONS.index(swapped)


ACTION_ORDER: Final = np.array([_other_action(name) for name in ACTIONS])
"""(13,) canter and gallop on the other lead."""


def _mirror_of(layout: Layout) -> Mirror:
    order, sign = np.arange(layout.size), np.ones(layout.size, np.float32)
    for name, part in layout.slices.items():
        size = part.stop - part.start
        if name.startswith("joint_"):
            signs = _SIX if name.endswith("six") else _SPACE
            within = np.arange(len(signs)) + len(signs) * MIRROR[:, None]
            order[part], sign[part] = part.start + within.ravel(), np.tile(signs, len(MIRROR))
        elif name.endswith(("positions_m", "directions")):
            sign[part] = np.tile(_GROUND, size // 2)
        elif name == "trajectory_actions":
            steps = np.arange(0, size, len(ACTIONS))[:, None]
            order[part] = part.start + (steps + ACTION_ORDER).ravel()
        elif name == "root_velocity_m_s_rad_s":
            sign[part] = (-1.0, 1.0, -1.0)
        elif name == "contacts":
            order[part] = part.start + _FEET
    return Mirror(order, sign)


INPUT_MIRROR: Final = _mirror_of(INPUT_LAYOUT)
OUTPUT_MIRROR: Final = _mirror_of(OUTPUT_LAYOUT)
