"""What touches the bodies of a figure, and how hard: the engine's contact sensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from .figure import BODY_NAMES, without_side

GROUND_BODY: Final = "world"
STILL_BODY: Final = "still"
"""The engine's body of all obstacles that do not move."""

FEET: Final = np.array([without_side(name) in ("foot", "toe") for name in BODY_NAMES])
"""(15,) which bodies are feet."""

_VALUES: Final = 4


@dataclass(frozen=True, eq=False)
class Touches:
    """What touches B figures at one moment.

    Args:
        forces: (B, S, 15, 3) on each body, world axes, N; of the ground, then of the still
            obstacles where there are any, then of each that moves.
        depths: (B, S, 15) how deep each body is in it, metres.
    """

    forces: Floats
    depths: Floats

    @property
    def grounded(self) -> Bools:
        """(B, 15) which bodies touch the ground."""
        return np.asarray(np.abs(self.forces[:, 0]).sum(-1) > 0.0)

    @property
    def total(self) -> Floats:
        """(B, 15, 3) force of everything on each body."""
        return np.asarray(self.forces.sum(axis=1))


def sensors_mjcf(still: bool, moving: Sequence[str]) -> str:
    """Sensors of every body and everything it can touch.

    Args:
        still: whether there are obstacles that do not move.
        moving: names of the bodies that do.
    """
    sources = [f'body1="{GROUND_BODY}"', *[f'body1="{STILL_BODY}"'] * still]
    sources += [f'body1="{name}"' for name in moving]
    return "".join(
        f'<contact {source} body2="{body}" data="force" reduce="netforce"/>'
        f'<contact {source} body2="{body}" data="dist" reduce="mindist"/>'
        for source in sources
        for body in BODY_NAMES
    )


def read_touches(sensors: Floats) -> Touches:
    """What the sensors (B, values) of ``sensors_mjcf`` say."""
    values = np.array(sensors).reshape(len(sensors), -1, len(BODY_NAMES), _VALUES)
    return Touches(values[..., :3], np.maximum(-values[..., 3], 0.0))
