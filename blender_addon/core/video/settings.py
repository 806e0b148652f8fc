"""What may be set about motion taken from a film."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..settings import Unit, setting


class Quality(Enum):
    """Which network finds the landmarks."""

    LITE = "LITE"
    FULL = "FULL"


class CameraKind(Enum):
    """What is known of the camera that took the film."""

    GUESS = "GUESS"
    """Nothing: focal length, height and tilt are estimated."""
    TYPED = "TYPED"
    """Focal length, height and tilt as they are typed in."""
    SCENE = "SCENE"
    """A camera of the scene took it, or was matched to it: all is known, frame by frame."""


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How a skeleton is brought to what was seen.

    Args:
        smoothing: 0 leaves the trembling in; 1 is usual; 2 is calm.
        on_ground: feet stand on the ground, which is level at height 0 unless a terrain is given.
        lock_feet: feet that stand stay where they are.
        pin_reach_s: how far around a pin its pull is felt.
    """

    smoothing: float = setting(
        1.0, "Smoothing", "How much trembling is taken out of the motion. 0 leaves what was seen, "
        "1 is as calm as a person, 2 damps quick moves too", minimum=0.0, maximum=2.0, step=0.1,
    )  # fmt: skip
    on_ground: bool = setting(
        True,
        "Stand on Ground",
        "Feet stand on the ground instead of floating or sinking where the "
        "film's depth is in doubt",
    )
    lock_feet: bool = setting(
        True, "Lock Feet", "Feet that stand in the film stay exactly where they are"
    )
    pin_reach_s: float = setting(
        0.4, "Pin Reach", "How far before and after a pinned frame its correction fades out",
        unit=Unit.SECONDS, minimum=0.0, maximum=5.0, soft_maximum=2.0, step=0.1,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DetailSettings:
    """What else moves with the body, where a character has it.

    Args:
        fingers: curled and loose; those of the film are too small to be seen.
    """

    fingers: bool = setting(
        True, "Fingers", "Fingers hang curled, make a loose fist at a jog and come after the hand, "
        "where nothing else animates them",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CameraSettings:
    """A camera as it is typed in.

    Args:
        lens_mm: focal length as of a picture 36 mm wide along its longer side.
        height_m: over the ground.
        tilt_deg: how far it looks down; negative looks up.
    """

    lens_mm: float = setting(
        50.0, "Lens", "Focal length in millimetres, as of a picture 36 mm wide. A phone films at "
        "about 26", minimum=4.0, maximum=2000.0, soft_maximum=200.0, step=1.0,
    )  # fmt: skip
    height_m: float = setting(
        1.5, "Height", "How high over the ground the camera was", unit=Unit.METRES,
        minimum=-100.0, maximum=1000.0, soft_minimum=0.0, soft_maximum=5.0, step=0.1,
    )  # fmt: skip
    tilt_deg: float = setting(
        0.0, "Tilt", "How far the camera looks down; negative numbers look up", unit=Unit.DEGREES,
        minimum=-89.0, maximum=89.0, step=1.0,
    )  # fmt: skip
