"""What is asked of all that follows an animal's body."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....core.quadruped.settings import SecondarySettings


@dataclass(frozen=True)
class Secondary:
    """What follows the body by rules.

    Args:
        rules: how.
        look_at: name of an object that neck and head turn to; empty for none.
    """

    rules: SecondarySettings = field(default_factory=SecondarySettings)
    look_at: str = ""
