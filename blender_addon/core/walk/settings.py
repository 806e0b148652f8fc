"""What may be set about a walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..ground.standing import StandSettings
from ..settings import Unit, setting

WALKING_M_S: Final = 1.3
JOGGING_M_S: Final = 2.6


@dataclass(frozen=True, eq=False, kw_only=True)
class PaceSettings(StandSettings):
    """How fast a walk goes, too.

    Args:
        speed_m_s: desired speed from the start. How fast a character can go depends on its size, so
            that no number is too large here.
    """

    speed_m_s: float = setting(
        WALKING_M_S, "Speed", "Desired speed. About 1.3 m/s is a walk, 2.5 m/s a jog",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DetailSettings:
    """What else moves with the body, where a character has it.

    Args:
        fingers: curled and loose.
        eyes: looking where the way goes, blinking.
    """

    fingers: bool = setting(
        True, "Fingers", "Fingers hang curled, make a loose fist at a jog and come after the hand, "
        "where nothing else animates them",
    )  # fmt: skip
    eyes: bool = setting(
        True, "Eyes", "Eyes look where the way goes and blink, where no gaze does that already"
    )


@dataclass(frozen=True, kw_only=True)
class Direction:
    """How someone walks, said on top of a style; the defaults leave the style as it is.

    Args:
        step_length: of a step at the same speed, as a factor; the cadence makes up for it.
        step_width_m: added between the feet, at a person's size.
        arm_swing: of arms about where they hang, as a factor.
        lean_deg: of the whole body forward.
        slump: 0 … 1, back rounded, shoulders and head forward.
        hip_sway: of the hips from side to side, as a factor.
        bounce: of the hips up and down, as a factor.
        head_up_deg: of the face upward.
        straight_knees: 1 as straight as legs go, −1 deeply bent.
        facing_deg: turned against the way one goes, positive to the left: 180 walks backward.
    """

    step_length: float = setting(
        1.0, "Step Length", "Longer or shorter steps at the same speed, fewer or more of them",
        minimum=0.6, maximum=1.5, step=0.05, precision=2,
    )  # fmt: skip
    step_width_m: float = setting(
        0.0, "Step Width", "Feet further apart, or closer together, in metres for a person; a "
        "character of another size has it scaled",
        unit=Unit.METRES, minimum=-0.1, maximum=0.3, step=0.01, precision=2,
    )  # fmt: skip
    arm_swing: float = setting(
        1.0, "Arm Swing", "How far the arms swing. 0 holds them still",
        minimum=0.0, maximum=2.5, step=0.05, precision=2,
    )  # fmt: skip
    lean_deg: float = setting(
        0.0, "Lean", "The whole body leans forward, or back",
        unit=Unit.DEGREES, minimum=-20.0, maximum=30.0, step=1.0, precision=0,
    )  # fmt: skip
    slump: float = setting(
        0.0, "Slump", "The back rounds, shoulders and head come forward",
        minimum=0.0, maximum=1.0, step=0.05, precision=2,
    )  # fmt: skip
    hip_sway: float = setting(
        1.0, "Hip Sway", "How far the hips go from side to side",
        minimum=0.0, maximum=3.0, step=0.05, precision=2,
    )  # fmt: skip
    bounce: float = setting(
        1.0, "Bounce", "How far the body goes up and down with every step",
        minimum=0.0, maximum=3.0, step=0.05, precision=2,
    )  # fmt: skip
    head_up_deg: float = setting(
        0.0, "Head Up", "The face is raised, or lowered",
        unit=Unit.DEGREES, minimum=-30.0, maximum=30.0, step=1.0, precision=0,
    )  # fmt: skip
    straight_knees: float = setting(
        0.0, "Straight Knees", "Legs stretch more while they carry; below 0 they stay bent",
        minimum=-1.0, maximum=1.0, step=0.05, precision=2,
    )  # fmt: skip
    facing_deg: float = setting(
        0.0, "Facing", "Where the body faces against where it goes, positive to its left. "
        "180 walks backward, 90 to the right side",
        unit=Unit.DEGREES, minimum=-180.0, maximum=180.0, step=5.0, precision=0,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DrivingSettings:
    """How a character is steered.

    Args:
        walk_m_s, jog_m_s: speeds without and with Shift.
        toward_mouse: towards the mouse all the time, not only while its button is held.
        follow: the view goes with the character.
        footprints: where its feet stood is drawn on the ground.
    """

    walk_m_s: float = setting(
        WALKING_M_S, "Walk", "Speed while a direction key is held",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    jog_m_s: float = setting(
        JOGGING_M_S, "Jog", "Speed while Shift is held as well",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    toward_mouse: bool = setting(
        False, "Toward Mouse", "Walk towards the mouse on the ground all the time; where this is "
        "off, only while its left button is held",
    )  # fmt: skip
    follow: bool = setting(
        True, "Follow", "The view goes with the character, and back in the end",
    )  # fmt: skip
    footprints: bool = setting(
        True, "Footprints", "Draw on the ground where its feet stood, while it is driven",
    )  # fmt: skip
