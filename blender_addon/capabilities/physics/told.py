"""What is told of a simulated motion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ...core.conventions import Floats
from ...core.jobs import Outcome
from ...core.notes import Note
from ...core.physics.clip_poses import FRAME_RATE_HZ
from ...core.physics.figure import GRAVITY_M_S2, MASS_KG
from ...core.physics.request import PhysicsReport

# Only named here: the timeline asks this module while nothing is simulated.
if TYPE_CHECKING:
    from .job import PhysicsJob, PhysicsMotion

WEIGHT_N: Final = MASS_KG * GRAVITY_M_S2
_LEVELS: Final = 9
_LIKE_A_PERSON: Final = 1.25
"""Of the figure's size; what is measured on the figure holds for a character so large as it is."""
_SEEN: Final = 0.01
"""Share of the body's weight; less help is none worth telling."""


@dataclass(frozen=True)
class Shown:
    """What the timeline shows of the last result; kept as text with the character.

    Args:
        first: frame of animation of its first frame.
        help: a digit a frame, 0 for none to 9 for the whole body weight.
        fell: frame on which the character fell; None for never.
        pushes: frames on which it was pushed.
    """

    first: int
    help: str
    fell: int | None = None
    pushes: Sequence[int] = ()

    def as_text(self) -> str:
        """To be kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Shown | None:
        """As it was kept; None where nothing was."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


def describe(job: PhysicsJob, motion: PhysicsMotion, feet_cm: float) -> str:
    """One line, and after semicolons what it is good to know of it.

    Args:
        job: what was asked for.
        motion: what came of it.
        feet_cm: most that a foot of the rig is off.
    """
    report, seconds = motion.result.report, motion.clip.duration_s
    size = "" if 1.0 / _LIKE_A_PERSON < job.take.ratio < _LIKE_A_PERSON else ", as of a person"
    parts = [
        f"{_stood(job, report, seconds)}, {'with help' if is_helped(report) else 'honest'}",
        *_helped(report),
        f"worst slip {report.worst_slip_cm_s:.1f} cm/s{size}",
        f"most force {report.greatest_force_n:.0f} N{size}",
        f"deepest in the ground {report.deepest_cm:.1f} cm{size}",
        f"feet of the rig within {feet_cm:.1f} cm of the simulated ones",
    ]
    return "; ".join(parts)


def _stood(job: PhysicsJob, report: PhysicsReport, seconds: float) -> str:
    if report.fell_s is None:
        return f"stayed up for {seconds:.1f} s"
    return f"fell at frame {job.frame_at(report.fell_s):.0f} after {report.fell_s:.1f} s"


def is_helped(report: PhysicsReport) -> bool:
    """Whether the unseen hand held enough of the weight to be worth telling."""
    return not report.is_honest and bool((help_share(report) > _SEEN).any())


def _helped(report: PhysicsReport) -> list[str]:
    if not is_helped(report):
        return []
    share = help_share(report)
    time = (share > _SEEN).mean()
    return [f"help up to {share.max():.0%} of the weight, in {time:.0%} of the time"]


def help_share(report: PhysicsReport) -> Floats:
    """(T,) of the body's weight that the unseen hand held, 60 frames a second."""
    return np.abs(np.asarray(report.help_n, np.float64)) / WEIGHT_N


def ran_on(job: PhysicsJob, outcome: Outcome[PhysicsMotion]) -> str:
    """What simulated and how long."""
    if outcome.models:
        return outcome.describe()
    seconds = outcome.result.clip.duration_s
    return f"{seconds:.1f} s simulated in {outcome.compute_s:.1f} s on the processor"


def told_of(job: PhysicsJob, motion: PhysicsMotion) -> tuple[str, ...]:
    """Warnings and notes of all that took part."""
    notes = (Note(each) for each in motion.result.report.notes)
    return tuple(dict.fromkeys((*job.notes, *notes)))


def shown_of(job: PhysicsJob, motion: PhysicsMotion) -> Shown:
    """What the timeline shows of it."""
    report = motion.result.report
    share = help_share(report)
    digits = ""
    if len(share):
        at = np.arange(motion.clip.frame_count) * (FRAME_RATE_HZ / job.rate_hz)
        rows = np.clip(np.round(at).astype(np.int64), 0, len(share) - 1)
        levels = np.where(share > _SEEN, np.maximum(np.round(_LEVELS * share), 1), 0)
        digits = "".join(str(int(min(each, _LEVELS))) for each in levels[rows])
    fell = None if report.fell_s is None else round(job.frame_at(report.fell_s))
    pushes = [round(job.frame_at(push.at_s)) for push in job.request.pushes]
    return Shown(job.take.first, digits, fell, pushes)
