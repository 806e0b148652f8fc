"""What may be set about an animal's way, and about what follows its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..ground.standing import StandSettings
from ..settings import Unit, setting

WALKING_M_S: Final = 1.2
RUNNING_M_S: Final = 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class PaceSettings(StandSettings):
    """How fast an animal goes, too.

    Args:
        speed_m_s: desired speed from the start. How fast an animal can go depends on its size, so
            that no number is too large here.
    """

    speed_m_s: float = setting(
        WALKING_M_S, "Speed", "Desired speed. A dog walks at about 1 m/s, trots at 2.5 and gallops "
        "from 4; a horse walks at 1.5 m/s, trots at 4 and gallops from 7",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SecondarySettings:
    """What follows the body by rules, after the network.

    Args:
        tail, ears: swing after the body.
        breathing: the trunk rises and falls a little.
        tail_stiffness, ear_stiffness: how soon they come back to their pose; 1 is usual.
        damping: how soon they come to rest; 1 is usual.
        gravity: how much they hang; 0 not at all.
        breath_depth: how deep a breath is; 1 is usual.
        neck_limit_deg: how far neck and head turn towards a target.
    """

    tail: bool = setting(
        True, "Tail", "The tail swings after the body, as a chain with weight and spring"
    )
    ears: bool = setting(
        True, "Ears", "Ears swing after the head, where the rig has bones for them"
    )
    breathing: bool = setting(
        True, "Breathing", "The chest rises and falls a little, faster after a run"
    )
    tail_stiffness: float = setting(
        1.0, "Tail Stiffness", "How strongly the tail is drawn back into its pose. Less lets it "
        "swing wider and later", minimum=0.05, maximum=20.0, soft_maximum=4.0, step=0.1,
    )  # fmt: skip
    ear_stiffness: float = setting(
        1.0, "Ear Stiffness", "How strongly ears are drawn back into their pose. Less lets them "
        "flap", minimum=0.05, maximum=20.0, soft_maximum=4.0, step=0.1,
    )  # fmt: skip
    damping: float = setting(
        1.0, "Damping", "How soon a swinging tail or ear comes to rest. Less lets it swing on",
        minimum=0.05, maximum=10.0, soft_maximum=3.0, step=0.1,
    )  # fmt: skip
    gravity: float = setting(
        1.0, "Gravity", "How much of their own weight tail and ears feel when the body tilts or "
        "bounces", minimum=0.0, maximum=4.0, soft_maximum=2.0, step=0.1,
    )  # fmt: skip
    breath_depth: float = setting(
        1.0, "Breath Depth", "How far the chest rises and falls",
        minimum=0.0, maximum=5.0, soft_maximum=2.0, step=0.1,
    )  # fmt: skip
    neck_limit_deg: float = setting(
        60.0, "Neck Limit", "How far neck and head turn away from their pose towards a target",
        unit=Unit.DEGREES, minimum=0.0, maximum=120.0, step=5.0,
    )  # fmt: skip
