"""How much legs are too short for where their paws should be, of many animals at once.

The same lengths and the same rule of the shoulder blade as in ``legs.py``, without the bends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..conventions import Floats
from ..maths.rotations import length, quaternion_conjugate, quaternion_rotate
from ..maths.segments import Segments
from .body import QuadrupedBody
from .legs import BLADE_SHARE, EXACT_REACH, LEG_JOINTS
from .skeleton import LEGS

_BLADE_LIMIT_RAD = 0.75  # as in legs.py; a test compares the two
_EXTRA_SHARE = 1.2
_STRETCHED = 0.97
_FORE = [n for n, leg in enumerate(LEGS) if leg.fore]
_HIND = [n for n, leg in enumerate(LEGS) if not leg.fore]


@dataclass(frozen=True, eq=False)
class Reach:
    """Measures of legs, frame by frame (N, …) of several animals end to end.

    Args:
        tops: (N, 4, 3) of each leg, from hips or chest.
        lengths: (N, 4) that a leg is reached out exactly; of front legs from below the blade.
        blades: (N, 2, 3) from the top of each front leg to the lower end of its blade.
        ahead: (N, 2) of the front paws before those tops, standing.
    """

    tops: Floats
    lengths: Floats
    blades: Floats
    ahead: Floats

    @classmethod
    def of(cls, bodies: Sequence[QuadrupedBody], motions: Segments) -> Reach:
        """Of bodies, each for the frames of its motion."""
        rest = np.stack([body.rest_m[LEG_JOINTS] for body in bodies])
        tops = np.stack([body.skeleton.offsets[LEG_JOINTS[:, 0]] for body in bodies])
        bones = length(np.diff(rest, axis=2))
        bones[:, _FORE, 0] = 0.0
        blades = rest[:, _FORE, 1] - rest[:, _FORE, 0]
        ahead = (rest[:, _FORE, 3] - rest[:, _FORE, 0])[..., 2]
        parts = (tops, EXACT_REACH * bones.sum(axis=2), blades, ahead)
        return cls(*(np.repeat(p.astype(np.float32), motions.lengths, axis=0) for p in parts))

    def lacking(self, ends: Floats, turns: Floats, paws: Floats, styles: Floats) -> Floats:
        """(N, 4) metres by which each leg is too short.

        Args:
            ends, turns: (N, 2, 3), (N, 2, 4) of hips and chest in the world.
            paws: (N, 4, 3) where they should be.
            styles: (N, 4) as for ``legs.solve_legs``.
        """
        # Each paw from its leg's top, as the trunk's end there sees it.
        fore = [int(leg.fore) for leg in LEGS]
        back = quaternion_conjugate(turns)[:, fore]
        seen = quaternion_rotate(back, paws - ends[:, fore]) - self.tops
        seen[:, _FORE] -= self._swung(seen[:, _FORE], styles[:, _FORE])
        return np.asarray(np.maximum(length(seen) - self.lengths, 0.0))

    def _swung(self, seen: Floats, styles: Floats) -> Floats:
        """(N, 2, 3) the lower ends of blades for front paws seen from their tops."""
        y, z = self.blades[..., 1], self.blades[..., 2]
        reach, rest = np.hypot(y, z), np.arctan2(z, -y)
        swing = BLADE_SHARE * (seen[..., 2] - self.ahead) / np.maximum(reach * np.cos(rest), 1e-4)
        angle = rest + _BLADE_LIMIT_RAD * np.tanh(swing / _BLADE_LIMIT_RAD) + styles
        whole = self.lengths[:, _FORE] / EXACT_REACH
        off = seen - _blade_ends(self.blades, reach, angle)
        far, soft = length(off), 0.02 * whole
        over = far - _STRETCHED * whole
        lacking = (over + np.sqrt(over**2 + soft**2) - soft) / 2 * (over > -10 * soft)
        further = _EXTRA_SHARE * np.clip(lacking, 0, 0.2 * whole) * off[..., 2] / far / reach
        return _blade_ends(self.blades, reach, angle + further)


def _blade_ends(blades: Floats, reach: Floats, angle: Floats) -> Floats:
    parts = (blades[..., 0], -reach * np.cos(angle), reach * np.sin(angle))
    return np.stack(parts, axis=-1)
