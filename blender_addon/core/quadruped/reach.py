"""How much legs are too short for where their paws should be, of many animals at once.

The same lengths as in ``legs.py``, without the bends: a front leg reaches as far as its blade and
the leg below can be brought into one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..conventions import Floats, Ints
from ..maths.rotations import length, quaternion_conjugate, quaternion_rotate
from ..maths.segments import Segments
from .body import QuadrupedBody
from .leg_rests import FORE, LEG_JOINTS
from .legs import EXACT_REACH, FREE_REACH
from .skeleton import LEGS

_END = [int(leg.fore) for leg in LEGS]
_STANDS = 0.975
_IN_AIR = 0.955
"""Of its whole length, to which a leg is stretched while it stands and while it swings; real ones
are never beyond 0.96. Straighter, knees and blades snap."""
_STRAIGHT = (0.004, -0.013)
"""What a leg that is built straight may be stretched beyond how it stands, on a print and above."""
_LEVEL = np.array([1.0, 0.0, 1.0], np.float32)
_DRAWS = 2


@dataclass(frozen=True, eq=False)
class Reach:
    """Measures of legs, frame by frame (N, …) of several animals end to end.

    Args:
        tops: (N, 4, 3) of each leg, from hips or chest.
        lengths: (N, 4) that a leg is reached out; of front legs from below the blade.
        blades: (N, 4, 2) across and along, from the top of each front leg to the lower end of its
            blade; of hind legs none.
        most: (N, 4, 2) how far from its top each paw may be while it stands and while it swings.
    """

    tops: Floats
    lengths: Floats
    blades: Floats
    most: Floats

    @classmethod
    def of(cls, bodies: Sequence[QuadrupedBody], motions: Segments) -> Reach:
        """Of bodies, each for the frames of its motion."""
        rest = np.stack([body.rest_m[LEG_JOINTS] for body in bodies])
        tops = np.stack([body.skeleton.offsets[LEG_JOINTS[:, 0]] for body in bodies])
        bones = length(np.diff(rest, axis=2))
        bones[:, FORE, 0] = 0.0
        blades = np.zeros((len(bodies), 4, 2))
        down = rest[:, FORE, 1] - rest[:, FORE, 0]
        blades[:, FORE, 0], blades[:, FORE, 1] = (
            down[..., 0],
            np.hypot(down[..., 1], down[..., 2]),
        )
        share = np.full(4, EXACT_REACH)
        share[FORE] = FREE_REACH
        whole = bones.sum(axis=2) + blades[..., 1]
        stands = length(rest[:, :, 3] - rest[:, :, 0])[..., None]
        most = np.maximum(
            whole[..., None] * (_STANDS, _IN_AIR), stands + whole[..., None] * _STRAIGHT
        )
        parts = (tops, share * bones.sum(axis=2), blades, most)
        return cls(*(np.repeat(p.astype(np.float32), motions.lengths, axis=0) for p in parts))

    def of_frames(self, frames: Ints) -> Reach:
        """Of some frames alone."""
        parts = (self.tops, self.lengths, self.blades, self.most)
        return Reach(*(part[frames] for part in parts))

    def lacking(self, ends: Floats, turns: Floats, paws: Floats) -> Floats:
        """(N, 4) metres by which each leg is too short, or too straight for one that stands.

        Args:
            ends, turns: (N, 2, 3), (N, 2, 4) of hips and chest in the world.
            paws: (N, 4, 3) where they should be.
        """
        back = quaternion_conjugate(turns)[:, _END]
        seen = quaternion_rotate(back, paws - ends[:, _END]) - self.tops
        straight = length(seen)
        far = straight - self.lengths
        # The blade swings along the body and takes its length off what is left to the leg.
        side = seen[:, FORE, 0] - self.blades[:, FORE, 0]
        along = np.hypot(seen[:, FORE, 1], seen[:, FORE, 2]) - self.blades[:, FORE, 1]
        far[:, FORE] = np.hypot(np.maximum(along, 0.0), side) - self.lengths[:, FORE]
        return np.asarray(np.maximum(np.maximum(far, straight - self.most[..., 0]), 0.0))

    def lacking_in_air(self, ends: Floats, turns: Floats, paws: Floats) -> Floats:
        """(N, 4) metres by which each leg would be too straight for one that swings.

        Args:
            ends, turns, paws: as for ``lacking``.
        """
        tops = ends[:, _END] + quaternion_rotate(turns[:, _END], self.tops)
        return np.asarray(np.maximum(length(paws - tops) - self.most[..., 1], 0.0))

    def drawn_in(self, ends: Floats, turns: Floats, paws: Floats) -> Floats:
        """(N, 4, 3) swinging paws no further than legs like to swing, each as high as it was.

        Args:
            ends, turns, paws: as for ``lacking``.
        """
        tops = ends[:, _END] + quaternion_rotate(turns[:, _END], self.tops)
        for _ in range(_DRAWS):
            lacking = self.lacking_in_air(ends, turns, paws)
            line = (tops - paws) * _LEVEL
            across = np.maximum(length(line), 1e-6)
            share = np.minimum(length(tops - paws) / across, 1.6) / across
            paws = paws + line * np.minimum(lacking * share, 1.0)[..., None]
        return np.asarray(paws)
