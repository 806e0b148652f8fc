"""What of a choice cannot be used, each refusal with what to do."""

from __future__ import annotations

import math

from ...core.errors import SettingsError
from ...core.physics.figure import BODY_NAMES
from ...core.settings import declared
from .choice import PhysicsChoice, PushChoice


def check_choice(choice: PhysicsChoice) -> None:
    """Refuse numbers out of range: scripts and drivers set what no field lets in.

    Raises:
        SettingsError: says which, and its range.
    """
    for each in declared(choice.settings):
        each.check(getattr(choice.settings, each.field))
    for number, push in enumerate(choice.pushes, 1):
        _check_push(number, push)


def _check_push(number: int, push: PushChoice) -> None:
    if push.body not in BODY_NAMES:
        raise SettingsError(
            f"push {number} is on '{push.body}'; expected one of {', '.join(BODY_NAMES)}"
        )
    size = math.hypot(*push.impulse_n_s)
    if not math.isfinite(size):
        raise SettingsError(f"push {number} has a size that is no number. Set it again")
    if size == 0.0:
        raise SettingsError(
            f"push {number} has no direction or no size. Set both, or remove the push"
        )
    if not 0.0 < push.duration_s <= 10.0:
        raise SettingsError(f"push {number} lasts {push.duration_s:g} s; give 0 to 10 seconds")
