"""What may be set about a simulated character."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..settings import Unit, setting
from .figure import MASS_KG


class Mode(Enum):
    """What the figure tries to do."""

    TRACK = "TRACK"
    """Follow the animation with muscles and help."""
    BALANCE = "BALANCE"
    """Follow it without help: plans, or the learned policy, keep it on its feet."""
    FALL = "FALL"
    """Let the muscles fade until the body is limp."""


class Balancer(Enum):
    """What keeps a figure on its feet without help."""

    PLAN = "PLAN"
    POLICY = "POLICY"


@dataclass(frozen=True, kw_only=True)
class PhysicsSettings:
    """How a character is simulated.

    Args:
        mode: what it tries to do.
        balancer: what keeps it on its feet in the mode Balance.
        muscles: strength of all muscles; 1 is as strong as a sturdy person.
        help_percent: of body weight that may hold the pelvis at the animation; keyable.
        mass_kg: of the body; pushes move a lighter one further.
        fade_s: how long muscles take to go limp in the mode Fall.
        get_back_s: how long a fallen body takes back into the animation; 0 leaves it where it lies.
        footsteps: whether steps are put where feet can stand, ways lead round obstacles, and who
            was brought off the path walks back to it.
        walk_anew: whether the walk generator makes such ways; else the motion itself is led.
        seed: of the plans.
    """

    mode: Mode = Mode.TRACK
    balancer: Balancer = Balancer.PLAN
    muscles: float = setting(
        1.0, "Muscles", "Strength of all muscles. 1 is a sturdy person; less sags and "
        "stumbles, more is stiff", minimum=0.3, maximum=2.0, step=0.1,
    )  # fmt: skip
    help_percent: float = setting(
        30.0, "Help", "How much of the body's weight may be held by an unseen hand at the pelvis. "
        "100 % is the animation, 0 % is honest physics", unit=Unit.PERCENT,
        minimum=0.0, maximum=100.0, keyed=True,
    )  # fmt: skip
    mass_kg: float = setting(
        MASS_KG, "Mass", "What the body weighs, in kilograms. Pushes move a lighter body further",
        minimum=0.1, maximum=100_000.0, soft_minimum=20.0, soft_maximum=200.0,
    )  # fmt: skip
    fade_s: float = setting(
        0.3, "Fade", "How long the muscles take to go limp", unit=Unit.SECONDS,
        minimum=0.0, maximum=10.0, soft_maximum=2.0, step=0.1,
    )  # fmt: skip
    get_back_s: float = setting(
        0.0, "Get Back", "How long a fallen body takes back into the animation. 0 leaves it "
        "where it lies; how a person stands up is not simulated", unit=Unit.SECONDS,
        minimum=0.0, maximum=60.0, soft_maximum=5.0, step=0.1,
    )  # fmt: skip
    footsteps: bool = setting(
        False, "Footsteps", "Put steps on or over low obstacles, lead the way round high ones, and "
        "walk on along the path after a push. Where this is off, the animation is followed as it "
        "is, whatever is in its way",
    )  # fmt: skip
    walk_anew: bool = setting(
        False, "Walk Anew", "Ways round obstacles, and the way back to the path, are made by the "
        "walk generator, as a plain walk. Where this is off, the animation itself is led there",
    )  # fmt: skip
    seed: int = setting(0, "Seed", "Another number, another way to keep on one's feet", minimum=0)
