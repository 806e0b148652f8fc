"""What an animator may choose about the keys that are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np

from .density import KeyBounds, KeyDensity


class ResultKind(Enum):
    """What the keys are written to."""

    ACTION = "ACTION"
    STRIP = "STRIP"
    LAYER = "LAYER"


@dataclass(frozen=True)
class ResultOptions:
    """How keys are written.

    Args:
        kind: a new action that animates the rig at once, a strip in the NLA, or a layer on top of
            all that is there.
        replace_last: an earlier result that nobody changed or uses elsewhere makes room.
        blend_in_s, blend_out_s: how long it takes to grow out of what is there at its first frame
            and to end in that at its last.
        density: on which frames keys are set.
        turn_bound_rad, shift_bound_m, weight_bound: largest errors of reduced keys: of a bone's
            rotation, of a joint's place (of a layer: of a location), and of a shape key's value.
        markers: whether moments that the motion has, such as contacts, become pose markers.
    """

    kind: ResultKind = ResultKind.ACTION
    replace_last: bool = True
    blend_in_s: float = 0.0
    blend_out_s: float = 0.0
    density: KeyDensity = KeyDensity.EVERY_FRAME
    turn_bound_rad: float = np.radians(0.5)
    shift_bound_m: float = 0.005
    weight_bound: float = 0.01
    markers: bool = False

    def bounds(self, metres_per_unit: float) -> KeyBounds:
        """The bounds for channels whose locations are in such a unit."""
        return KeyBounds(
            self.turn_bound_rad, self.shift_bound_m / metres_per_unit, self.weight_bound
        )


DEFAULT_RESULT: Final = ResultOptions()

DEFAULT_LAYER: Final = ResultOptions(
    kind=ResultKind.LAYER,
    replace_last=False,
    turn_bound_rad=float(np.radians(0.1)),
    shift_bound_m=0.0005,
)
"""A layer on which every frame has a key; the one before is muted and kept."""

EASED_LAYER: Final = replace(DEFAULT_LAYER, blend_in_s=0.2, blend_out_s=0.2)
"""What panels and commands offer: nothing pops where the layer begins and ends."""
