"""Several figures simulated side by side, from their first frame to their last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..errors import PhysicsError
from .balancing import Keeper, Law
from .falling import Falls, limp_residuals, strengths
from .figure import SUBSTEPS, figure_mjcf
from .getting_back import WayBack, blend_frames, targets_of, way_back
from .joints import joint_vectors
from .limits import Limits
from .recording import Record, Recorder
from .reference import FRAMES_A_STEP, Reference
from .request import PhysicsRequest
from .safety import explosion, start_lift
from .sensing import Touches, read_touches
from .settings import Mode
from .simulation import Simulation
from .timeline import Timeline, stacked

OnStep = Callable[[int, Floats], None]
_HALF: Final = SUBSTEPS // FRAMES_A_STEP
_HELP_SUBSTEPS: Final = 2


@dataclass(frozen=True, eq=False)
class Character:
    """One figure to be simulated.

    Args:
        request: what is wished.
        reference: what it follows.
        timeline: what is given at each moment.
        notes: what is to be said of it, in sentences.
    """

    request: PhysicsRequest
    reference: Reference
    timeline: Timeline
    notes: tuple[str, ...] = ()

    def way_back(self, frame: int, fallen: Floats, frames: int) -> WayBack:
        """From a fallen pose (45,) at a frame into the animation, in so many frames.

        Whoever was to fall has done so, and is the animation for the rest.
        """
        ground, reference = self.request.world.ground, self.reference
        if self.request.settings.mode is not Mode.FALL:
            targets = targets_of(reference, frame, frames + 1)
            return WayBack(frame, way_back(fallen, targets, ground), then_simulated=True)
        poses = reference.followed.poses
        rest = poses[np.clip(frame + np.arange(self.timeline.frames), 0, len(poses) - 1)]
        blend = way_back(fallen, rest[: frames + 1], ground)
        return WayBack(frame, np.concatenate((blend, rest[frames + 1 :])), then_simulated=False)


class Run:
    """Simulates characters who share a world.

    Args:
        characters: B.
        keeper: what keeps them on their feet; None for what muscles know by themselves.
        threads: of the processor; the result does not depend on it.

    Attributes:
        limits: of the joints of each.
        errors: (B,) what ended the simulation of each before its time.
    """

    def __init__(
        self,
        characters: Sequence[Character],
        keeper: Keeper | None,
        threads: int,
    ) -> None:
        self._characters = characters
        count = len(characters)
        world = characters[0].request.world
        assets, elements = world.mjcf()
        self.limits = [Limits.wide_enough_for(c.reference.followed.poses) for c in characters]
        first = self.limits[0]
        text = figure_mjcf(elements, assets, world.sensors(), first.bodies(), first.threads())
        reference, starts = stacked(
            [each.reference for each in characters], [each.timeline.steps for each in characters]
        )
        self._simulation = Simulation(reference, count, min(threads, count), text=text, eased=True)
        self._muscles = np.array([each.request.settings.muscles for each in characters])
        self._keeper = keeper or Law(reference, self._muscles)
        self._simulation.engine.set_thread_lengths(np.stack([e.lengths for e in self.limits]))
        self._simulation.begin(np.array(starts))
        self._simulation.engine.qpos[:, 1] += [
            start_lift(each.request, each.reference.followed.poses) for each in characters
        ]
        self._recorder = Recorder(count, max(each.timeline.frames for each in characters))
        self._falls = Falls(count)
        self._ways: dict[int, WayBack] = {}
        self.errors: list[PhysicsError | None] = [None] * count

    def go(self, on_step: OnStep) -> None:
        """Simulate to the end.

        Args:
            on_step: given each frame and the first figure's pose (45,) there; may raise.
        """
        self._move(0.0)
        self._simulation.engine.forward()
        self._keep(0)
        on_step(0, self._simulation.engine.qpos[0].copy())
        for step in range(max(each.timeline.steps for each in self._characters)):
            self._step(step, on_step)

    def record(self, row: int) -> Record:
        """What one did."""
        return self._recorder.record(row, self._characters[row].timeline.frames)

    def _step(self, step: int, on_step: OnStep) -> None:
        simulation, falls = self._simulation, self._falls
        falls.relax(np.where(self._is_back(), 0.0, self._at(step, "limp")))
        simulation.held[:] = falls.limp
        simulation.engine.set_strength(strengths(falls.limp, self._muscles, falls.flesh()))
        residuals = self._residuals()
        help_share = self._at(step, "help") * (1.0 - falls.limp)
        for half in range(FRAMES_A_STEP):
            frame = step * FRAMES_A_STEP + half
            self._advance(frame, residuals, help_share)
            self._lead_back(frame + 1)
            self._watch(frame + 1)
            self._keep(frame + 1)
            on_step(frame + 1, simulation.engine.qpos[0].copy())
        simulation.end_step()
        self._keeper.after_step(simulation)
        followed = simulation.reference.poses[simulation.reference.clamped(simulation.steps)]
        falls.note(simulation.engine, self._touches(), followed, falls.limp >= 1.0)
        self._return(FRAMES_A_STEP * (step + 1))

    def _is_back(self) -> Bools:
        """(B,) who is on the way back."""
        out: Bools = np.zeros(len(self._characters), bool)
        out[list(self._ways)] = True
        return out

    def _return(self, frame: int) -> None:
        """Begin, and end, the ways back of those who lie still."""
        simulation = self._simulation
        for row in [row for row, way in self._ways.items() if way.is_over(frame)]:
            del self._ways[row]
            self._put_back(row)
        for row in np.flatnonzero(self._falls.rests()):
            character = self._characters[row]
            seconds = character.request.settings.get_back_s
            if seconds > 0.0 and row not in self._ways:
                pose = simulation.engine.qpos[row].copy()
                self._ways[row] = character.way_back(frame, pose, blend_frames(seconds))
                self._falls.forget(row)

    def _put_back(self, row: int) -> None:
        """Put one where its reference is; the engine is not told, or it would touch the others."""
        simulation, reference = self._simulation, self._simulation.reference
        engine, at = simulation.engine, simulation.steps[row]
        engine.qpos[row], engine.qvel[row] = reference.poses[at], reference.rates[at]
        engine.warmstart[row], simulation.offsets[row] = 0.0, 0.0

    def _lead_back(self, frame: int) -> None:
        """Put those on their way back where they are at a frame."""
        engine = self._simulation.engine
        for row, way in self._ways.items():
            engine.qpos[row], engine.qvel[row], engine.warmstart[row] = way.at(frame), 0.0, 0.0

    def _advance(self, frame: int, residuals: Floats, help_share: Floats) -> None:
        """To the next frame; where something moves, in steps as small as the engine's.

        A hand that helps feels more often where the body is than at each frame: held for so long,
        what brakes the light pelvis would fling it to the other side.
        """
        pushes, simulation = self._pushes(frame), self._simulation
        some = 1 if simulation.engine.mocap_positions.size else _HALF
        if help_share.any():
            some = min(some, _HELP_SUBSTEPS)
        for done in range(some, _HALF + 1, some):
            self._move(frame + done / _HALF)
            simulation.advance(residuals, help_share, pushes, substeps=some)

    def _move(self, frame: float) -> None:
        """Put what moves where it is at a frame."""
        engine = self._simulation.engine
        if engine.mocap_positions.size:
            world = self._characters[0].request.world
            engine.mocap_positions[:], engine.mocap_rotations[:] = world.moving(frame)

    def _residuals(self) -> Floats:
        simulation, reference = self._simulation, self._simulation.reference
        limp = self._falls.limp
        out = (1.0 - limp)[:, None] * self._keeper.residuals(simulation, limp >= 1.0)
        if not limp.any():
            return out
        following = reference.clamped(simulation.steps + 1)
        return out + limp_residuals(
            limp,
            joint_vectors(simulation.engine.qpos),
            reference.joints[following],
            reference.rates[following, 6:],
        )

    def _at(self, step: int, what: str) -> Floats:
        """(B,) what timelines say at a step; the last of those that have ended."""
        tracks = [getattr(each.timeline, what) for each in self._characters]
        return np.array([track[min(step, len(track) - 1)] for track in tracks])

    def _pushes(self, frame: int) -> Floats:
        pushes = [each.timeline.pushes for each in self._characters]
        return np.stack([each[min(frame, len(each) - 1)] for each in pushes])

    def _touches(self) -> Touches:
        return read_touches(self._simulation.engine.sensors)

    def _watch(self, frame: int) -> None:
        """Take figures out of which the engine can make nothing any more."""
        simulation = self._simulation
        for row in np.flatnonzero(~simulation.is_sound()):
            if self.errors[row] is None and frame < self._characters[row].timeline.frames:
                self.errors[row] = explosion(frame)
            self._put_back(int(row))

    def _keep(self, frame: int) -> None:
        simulation = self._simulation
        poses, help_n = simulation.engine.qpos, simulation.help[:, 0]
        self._recorder.keep(frame, poses, self._touches(), help_n, ~self._is_back())
