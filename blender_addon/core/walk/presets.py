"""Ways of walking that can be picked by one word: directions set together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .settings import Direction


@dataclass(frozen=True)
class WalkPreset:
    """Settings of the direction that make one impression together.

    Args:
        name: by which it is stored and given on the command line.
        title: in the menu.
        description: what is seen.
        direction: the settings; facing is left as it is.
        speed: suggested factor on the speed; 1 leaves it alone.
    """

    name: str
    title: str
    description: str
    direction: Direction
    speed: float = 1.0


PRESETS: Final = (
    WalkPreset(
        "old", "Old", "Short steps, a round back, bent knees, arms that hardly swing",
        Direction(
            step_length=0.8, step_width_m=0.04, arm_swing=0.5, lean_deg=8.0, slump=0.7,
            bounce=0.5, head_up_deg=-5.0, straight_knees=-0.25,
        ),
        speed=0.65,
    ),
    WalkPreset(
        "proud", "Proud", "Chest out and chin up, long steps on straight legs",
        Direction(
            step_length=1.1, arm_swing=1.25, lean_deg=-4.0, bounce=1.15, head_up_deg=7.0,
            straight_knees=0.6,
        ),
    ),
    WalkPreset(
        "tired", "Tired", "Hanging head and shoulders, arms dangle, feet drag along",
        Direction(
            step_length=0.88, arm_swing=0.6, lean_deg=5.0, slump=0.55, hip_sway=1.3, bounce=0.7,
            head_up_deg=-14.0, straight_knees=-0.12,
        ),
        speed=0.75,
    ),
    WalkPreset(
        "sneaky", "Sneaky", "Deeply bent knees, low hips that stay level, arms still",
        Direction(
            step_length=1.1, step_width_m=0.05, arm_swing=0.45, lean_deg=9.0, slump=0.3,
            bounce=0.3, straight_knees=-0.85,
        ),
        speed=0.6,
    ),
    WalkPreset(
        "heavy", "Heavy", "Feet far apart, weight thrown from side to side with every step",
        Direction(
            step_length=0.9, step_width_m=0.14, arm_swing=0.9, lean_deg=-3.0, slump=0.1,
            hip_sway=2.0, bounce=1.3,
        ),
        speed=0.85,
    ),
    WalkPreset(
        "happy", "Happy", "A spring in every step, arms that swing far, face up",
        Direction(
            step_length=1.05, arm_swing=1.6, lean_deg=-2.0, hip_sway=1.3, bounce=1.8,
            head_up_deg=5.0, straight_knees=0.2,
        ),
        speed=1.05,
    ),
)  # fmt: skip
"""In the order of the menu."""
