"""What may be asked of the simulation, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..conventions import Floats
from ..motion.clip import MotionClip
from .settings import PhysicsSettings
from .world import World

OnPose = Callable[[int, Floats], None]
"""Is given a frame (60 a second) and the pose (45,) there as soon as it is final."""


@dataclass(frozen=True, eq=False)
class Push:
    """A push on one body.

    Args:
        at_s: when it begins, from the start of the clip.
        body: on which; one of ``figure.BODY_NAMES``.
        impulse_n_s: (3,) its direction and size in the world, N s.
        duration_s: for how long.
    """

    at_s: float
    body: str
    impulse_n_s: Floats
    duration_s: float = 0.1


@dataclass(frozen=True, eq=False)
class PhysicsRequest:
    """One character to be simulated.

    Args:
        clip: what it follows: of the common skeleton, in the skeleton's own size.
        world: what is around it, in the same size.
        settings: how.
        help_track: (T,) help in percent at each frame of the clip, where it is keyed.
        pushes: on it.
        limp_from_s: when the muscles begin to fade in the mode Fall.
        end_s: until when; None for the clip's end.
    """

    clip: MotionClip
    world: World = field(default_factory=World)
    settings: PhysicsSettings = field(default_factory=PhysicsSettings)
    help_track: Floats | None = None
    pushes: tuple[Push, ...] = ()
    limp_from_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, eq=False)
class PhysicsReport:
    """What is to be known of a simulation besides its motion.

    Args:
        fell_s: when something other than a foot touched the ground first; None for never.
        help_n: (T,) force of the unseen hand at each frame, N.
        greatest_force_n: of the ground or an obstacle on the body, N.
        worst_slip_cm_s: of a carrying sole.
        deepest_cm: of a sole or another part in the ground.
        notes: what else to say, in sentences.
    """

    fell_s: float | None = None
    help_n: Floats = field(default_factory=lambda: np.zeros(0))
    greatest_force_n: float = 0.0
    worst_slip_cm_s: float = 0.0
    deepest_cm: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def is_honest(self) -> bool:
        """Whether the body was held by nothing but its own muscles."""
        return not bool(np.any(self.help_n > 0.0))


@dataclass(frozen=True, eq=False)
class PhysicsResult:
    """What came of a simulation.

    Args:
        clip: the motion, of the common skeleton at 60 Hz.
        poses: (T, 45) of the figure, from which it was made.
        report: what is to be known besides.
    """

    clip: MotionClip
    poses: Floats
    report: PhysicsReport
