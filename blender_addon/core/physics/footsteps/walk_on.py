"""Keeps figures on their paths: leads on from where they are those that were brought off."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...errors import NeuralMotionError
from ...motion.clip import MotionClip
from ..figure import CONTROL_RATE_HZ
from ..reference import Reference
from ..simulation import Simulation
from ..world import World
from .anew import walked_anew
from .chooser import Guide
from .onward import at_sixty, continued, now_of, overwrite, reference_from, rest_of
from .prepare import track_of
from .surroundings import Surroundings, surroundings_of

_BESIDE_M: Final = 0.1
"""So far beside its path someone is led back."""
_CALM_S: Final = 0.5
"""Between two times."""
_STEADY_M: Final = 0.16
_STEADY_M_S: Final = 0.5
_STEADY_RAD: Final = 0.35
_UPRIGHT: Final = 0.9
_XZ: Final = [0, 2]


def walk_on(
    clip: MotionClip,
    step: int,
    pose: Floats,
    around: Surroundings,
    guide: Guide | None = None,
    lift: float = 1.0,
) -> Reference | None:
    """What is followed from a control step on, from where the figure is back to its path.

    Args:
        clip: what was to be followed, from the simulation's start, 60 Hz.
        step: the control step, 30 a second.
        pose: (45,) of the figure.
        around: ground and things.
        guide: walks the rest anew, and picks landing places; the motion itself is led back where
            it has no walker, or where that cannot.
        lift: share of what raises swinging feet besides.

    Returns:
        The reference of the rest, its first row at that step; None where too little is left.
    """
    rest = rest_of(clip, step)
    if rest is None:
        return None
    now, guide = now_of(pose, around), guide or Guide()
    if guide.walker is not None:
        with suppress(NeuralMotionError):  # it is led back as it is
            rest = walked_anew(rest, now, around, guide.walker) or rest
    return reference_from(continued(rest, now, around, guide.choose), now, around, lift)


@dataclass(eq=False)
class _Figure:
    clip: MotionClip
    around: Surroundings
    first: int
    rows: int
    lift: float
    since: int = 0


class PathKeeper:
    """Watches figures side by side, and leads those on that were brought off their paths.

    Args:
        clips: what each was to follow.
        worlds: what is around each.
        starts: the control step of the simulation at which each begins.
        rows: how many control steps of the reference are each one's.
        lifts: share of what raises each one's swinging feet besides.
        others: references of the same numbering that are looked ahead in: those of roll-outs.
        guide: walks on anew, and picks landing places.
    """

    def __init__(
        self,
        clips: list[MotionClip],
        worlds: list[World],
        starts: list[int],
        rows: list[int],
        lifts: list[float],
        others: tuple[Reference, ...] = (),
        guide: Guide | None = None,
    ) -> None:
        self._figures = [
            _Figure(at_sixty(clip), surroundings_of(world, track_of(clip)), start, count, lift)
            for clip, world, start, count, lift in zip(
                clips, worlds, starts, rows, lifts, strict=True
            )
        ]
        self._others, self._guide = others, guide

    def after_step(self, simulation: Simulation, watched: Bools) -> None:
        """Look at where figures are after a control step; what they follow may change, in place.

        Args:
            simulation: of them.
            watched: (B,) which may be led.
        """
        beside = np.linalg.norm(simulation.offsets[:, _XZ], axis=1) > _BESIDE_M
        for row in np.flatnonzero(beside & watched):
            figure = self._figures[row]
            figure.since += 1
            if figure.since > _CALM_S * CONTROL_RATE_HZ and _is_steady(simulation, row):
                figure.since = 0
                self._lead(simulation, row, figure)

    def _lead(self, simulation: Simulation, row: int, figure: _Figure) -> None:
        step = int(simulation.steps[row]) - figure.first
        if not _is_beside(figure.clip, step, simulation.offsets[row]):
            return
        pose = simulation.engine.qpos[row].copy()
        rest = walk_on(figure.clip, step, pose, figure.around, self._guide, figure.lift)
        if rest is None:
            return
        count = figure.rows - step
        overwrite(simulation.reference, int(simulation.steps[row]), rest, count)
        for other in self._others:
            left = min(count, other.steps - step)
            if left > 0:
                overwrite(other, step, rest, left)
        simulation.offsets[row] = 0.0


def _is_steady(simulation: Simulation, row: int) -> bool:
    """Whether one follows its reference closely enough to begin something else."""
    errors = simulation.errors()
    return bool(
        np.linalg.norm(errors.place[row]) < _STEADY_M
        and np.linalg.norm(errors.velocity[row]) < _STEADY_M_S
        and np.linalg.norm(errors.attitude[row]) < _STEADY_RAD
        and simulation.upright()[row] > _UPRIGHT
    )


def _is_beside(clip: MotionClip, step: int, offset: Floats) -> bool:
    """Whether an offset leads off the path, not only along it."""
    frame = min(2 * step, clip.frame_count - 1)
    track = clip.root_positions[:, _XZ]
    ahead = track[min(frame + 15, len(track) - 1)] - track[max(frame - 15, 0)]
    size = float(np.linalg.norm(ahead))
    if size < 1e-3:
        return True
    return abs(float(ahead[0] * offset[2] - ahead[1] * offset[0])) / size > _BESIDE_M
