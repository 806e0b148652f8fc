"""Roll-outs to be made: what they depend on, and the name under which they are kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from blender_addon.core.physics.plan import PlanSettings
from blender_addon.core.physics.settings import Balancer, Mode, PhysicsSettings

from ..suite import SUITE_VERSION
from ..walks import key_of

ROWS: Final = ("pd", "help", "plan", "policy")
HELP_PERCENT: Final = 30.0

ADAPTED: Final = ("rough", "slalom")

PUSH_S: Final = 0.1
BEFORE_PUSH_S: Final = 0.5
AFTER_PUSH_S: Final = 3.0
LADDER_N_S: Final = (20.0, 40.0, 60.0, 80.0, 100.0)
DIRECTIONS, PHASES = 8, 4

LIMP_AT_S: Final = 0.3
REST_S: Final = 4.0
FALLS: Final = 100
FALLS_A_TRIAL: Final = 25


@dataclass(frozen=True)
class Trial:
    """One roll-out of one character, or of many that fall.

    Args:
        kind: "life", "push", "rough", "slalom", "repeat" or "fall".
        row: who keeps it on its feet.
        walk: name of what it follows.
        start_s: where in that it begins.
        seconds: for how long.
        seed: of the plans and of whatever is drawn.
        impulse_n_s: of a push after ``BEFORE_PUSH_S``.
        direction_deg: whereto, 0 ahead and 90 to the left.
        body: what is pushed.
        threads: of the engine.
        run: another number makes the same roll-out anew.
    """

    kind: str
    row: str
    walk: str
    start_s: float
    seconds: float
    seed: int = 0
    impulse_n_s: float = 0.0
    direction_deg: float = 0.0
    body: str = "chest"
    threads: int = 1
    run: int = 0

    @property
    def name(self) -> str:
        """Tells it in a log."""
        push = f" {self.impulse_n_s:g} N s at {self.direction_deg:g}°" if self.impulse_n_s else ""
        return f"{self.row}: {self.kind} {self.walk} from {self.start_s:g} s{push}"

    def key(self, walk: str, policy: str) -> str:
        """The name under which it is kept.

        Args:
            walk: tells the walk that is followed from others.
            policy: digest of the learned policy.
        """
        told: dict[str, Any] = {**asdict(self), "suite": SUITE_VERSION, "walk_made": walk}
        if self.row == "plan":
            told["plan"] = asdict(PlanSettings())
        if self.row == "policy":
            told["policy"] = policy
        return f"{self.kind}-{self.row}-{key_of(told)}"


def settings_of(trial: Trial) -> PhysicsSettings:
    """How the product is set for a row: steps are adapted where something is in the way."""
    return replace(_settings_of_row(trial), footsteps=trial.kind in ADAPTED)


def _settings_of_row(trial: Trial) -> PhysicsSettings:
    if trial.kind == "fall":
        return PhysicsSettings(mode=Mode.FALL, seed=trial.seed)
    if trial.row in ("pd", "help"):
        percent = HELP_PERCENT if trial.row == "help" else 0.0
        return PhysicsSettings(mode=Mode.TRACK, help_percent=percent, seed=trial.seed)
    balancer = Balancer.PLAN if trial.row == "plan" else Balancer.POLICY
    return PhysicsSettings(mode=Mode.BALANCE, balancer=balancer, help_percent=0.0, seed=trial.seed)
