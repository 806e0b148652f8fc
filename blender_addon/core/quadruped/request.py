"""What may be asked of an animal, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..conventions import Floats
from ..ground.path import Path
from ..ground.terrain import FlatTerrain, Terrain
from ..motion.clip import MotionClip
from .body import QuadrupedBody
from .gaits import Action, Gait
from .plan import QuadrupedPlan


@dataclass(frozen=True)
class GaitChange:
    """From a place on, another gait.

    Args:
        at_m: along the path.
        gait: None for automatic by speed.
    """

    at_m: float
    gait: Gait | None


@dataclass(frozen=True)
class ActionMark:
    """Something done at a place of the path.

    Args:
        at_m: along the path.
        action: what.
        seconds: for how long, transitions included; of a jump, nothing.
    """

    at_m: float
    action: Action
    seconds: float = 3.0


@dataclass(frozen=True, eq=False)
class QuadrupedRequest:
    """One animal's way, in its own metres and seconds (the pipeline scales to the model's world).

    Args:
        body: whose motion is asked for, at its own size.
        path: where to go and how fast; None to stand at ``place``.
        terrain: the ground.
        place: (x, z, heading) where an animal without a path stands.
        stand_s: for how long, without a path.
        gait: from the start on; None for automatic by speed.
        gait_changes: others from places on.
        marks: actions at places of the path.
        stand_before_s, stand_after_s: standing at the two ends.
        backward: the path is gone backwards (at a walk).
        seed: when strides begin, which lead, how the idle moves.
    """

    body: QuadrupedBody
    path: Path | None = None
    terrain: Terrain = field(default_factory=FlatTerrain)
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    stand_s: float = 0.0
    gait: Gait | None = None
    gait_changes: tuple[GaitChange, ...] = ()
    marks: tuple[ActionMark, ...] = ()
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    backward: bool = False
    seed: int = 0


@dataclass(frozen=True, eq=False)
class QuadrupedResult:
    """One animal's motion at its own size.

    Args:
        clip: 60 Hz of real time, the body's skeleton; contacts (T, 4) LH, LF, RH, RF.
        root_track: (T, 3) x, z and heading of the trunk's middle.
        desired_positions: (T, 2) x, z.
        reached_end: the root came to rest within a hip height of the path's end.
        plan: what was desired, in the model's world.
        notes: what did not go as asked (a leg that could not reach, a gait out of its speeds).
    """

    clip: MotionClip
    root_track: Floats
    desired_positions: Floats
    reached_end: bool
    plan: QuadrupedPlan
    notes: tuple[str, ...] = ()
