"""Figures in a world, each following a reference: one control step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..maths.rotation_vectors import quaternion_to_vector
from ..maths.rotations import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from .engine import Engine
from .figure import (
    BODY_NAMES,
    DAMPING_S,
    GRAVITY_M_S2,
    LEVEL_GROUND,
    MASS_KG,
    MUSCLE_COUNT,
    PELVIS,
    SUBSTEPS,
    figure_mjcf,
)
from .joints import joint_vectors
from .reference import Reference

ENDS: Final = tuple(
    BODY_NAMES.index(name)
    for name in (
        "left_forearm", "right_forearm", "left_foot", "right_foot", "left_toe", "right_toe", "head",
    )
)  # fmt: skip
"""Bodies whose places count: of hands, feet and head."""

_PELVIS: Final = BODY_NAMES.index(PELVIS) + 1  # the engine's first body is the world
_HELP_FORCE: Final = (200.0, 28.0)  # 1/s², 1/s
_HELP_TORQUE: Final = (400.0, 40.0)  # N m, N m s
_HELP_TORQUE_LIMIT: Final = 300.0  # N m at the whole help


@dataclass(frozen=True, eq=False)
class State:
    """All there is of one figure: to go on from, or to copy."""

    qpos: Floats
    qvel: Floats
    warmstart: Floats
    step: int
    offset: Floats


@dataclass(frozen=True, eq=False)
class Errors:
    """How B figures differ from what they follow.

    Args:
        joints: (B, 30) rotation vectors, radians.
        rates: (B, 30) radians a second.
        attitude: (B, 3) of the pelvis, radians.
        turning: (B, 3) of the pelvis, radians a second.
        place: (B, 3) of the pelvis, metres.
        velocity: (B, 3) of the pelvis, metres a second.
        ends: (B, 7, 3) of hands, feet and head to the pelvis, metres.
    """

    joints: Floats
    rates: Floats
    attitude: Floats
    turning: Floats
    place: Floats
    velocity: Floats
    ends: Floats


class Simulation:
    """B figures that follow one reference, each at a control step of its own.

    Args:
        reference: what they follow.
        count: B.
        threads: of the processor.
        world: ground and obstacles, as the engine's text.
        text: all of the engine's text in place of that, the figure included.
        substeps: of the engine in a control step, as the text has it; fewer are faster, and softer
            on the ground.
        eased: whether muscles' targets move on at each of these, and not by a jump at each control
            step, which is seen as a jerk. Needs whole control steps, or parts in their order.

    Attributes:
        steps: (B,) the control step at which each is.
        offsets: (B, 3) by how much the reference is moved for each, metres.
        held: (B,) share in which eased targets are held through a control step all the same.
        help: (B, 2) force (N) and torque (N m) that helped at the last step.
    """

    def __init__(
        self,
        reference: Reference,
        count: int,
        threads: int = 1,
        world: str = LEVEL_GROUND,
        text: str | None = None,
        substeps: int = SUBSTEPS,
        eased: bool = False,
    ) -> None:
        self.reference, self.substeps, self._eased = reference, substeps, eased
        self.engine = Engine(text or figure_mjcf(world, substeps=substeps), count, threads)
        self.steps: Ints = np.zeros(count, np.int64)
        self.offsets: Floats = np.zeros((count, 3))
        self.help: Floats = np.zeros((count, 2))
        self._done, self._before, self._latest = 0, no_residuals(count), no_residuals(count)
        self.held: Floats = np.zeros(count)

    def begin(self, steps: Ints, rows: Ints | slice = slice(None)) -> None:
        """Put figures where their reference is at these control steps."""
        at = self.reference.clamped(steps)
        engine = self.engine
        engine.qpos[rows], engine.qvel[rows] = self.reference.poses[at], self.reference.rates[at]
        engine.warmstart[rows] = 0.0
        self.steps[rows], self.offsets[rows], self._done = steps, 0.0, 0
        engine.forward()

    def state(self, row: int = 0) -> State:
        """One figure's state, copied."""
        engine = self.engine
        return State(
            engine.qpos[row].copy(),
            engine.qvel[row].copy(),
            engine.warmstart[row].copy(),
            int(self.steps[row]),
            self.offsets[row].copy(),
        )

    def load(self, state: State, rows: Ints | slice = slice(None)) -> None:
        """Go on from a state, in all figures or some."""
        engine = self.engine
        engine.qpos[rows], engine.qvel[rows] = state.qpos, state.qvel
        engine.warmstart[rows] = state.warmstart
        self.steps[rows], self.offsets[rows], self._done = state.step, state.offset, 0
        engine.forward()

    def advance(
        self,
        residuals: Floats,
        help_share: Floats | float = 0.0,
        pushes: Floats | None = None,
        substeps: int | None = None,
        rows: Ints | None = None,
    ) -> None:
        """Simulate towards the next control step; it is reached after ``self.substeps``.

        Args:
            residuals: (B, 30) added to the muscles' targets, radians.
            help_share: of body weight that may help at the pelvis, (B,) or one number.
            pushes: (B, 15, 6) force and torque on each body, N and N m; none where None.
            substeps: fewer leave the figure between two control steps; None for all.
            rows: which figures move; all where None.
        """
        engine, count = self.engine, self.substeps if substeps is None else substeps
        engine.wrenches[:] = 0.0
        if pushes is not None:
            engine.wrenches[:, 1 : 1 + len(BODY_NAMES)] = pushes
        self._help(np.asarray(help_share, np.float64))
        if self._eased:
            engine.step(count, rows, self._eased_targets(residuals, count))
        else:
            engine.control[:] = self._targets(1) + residuals
            engine.step(count, rows)
        self._done += count

    def end_step(self) -> None:
        """Count the control step."""
        self.steps += 1
        self._done = 0

    def _targets(self, ahead: int) -> Floats:
        """(B, 30) what muscles are told to be where the reference is so many steps ahead."""
        reference, at = self.reference, self.reference.clamped(self.steps + ahead)
        return np.asarray(reference.joints[at] + DAMPING_S * reference.rates[at, 6:])

    def _eased_targets(self, residuals: Floats, count: int) -> Floats:
        """(count, B, 30) the same at each substep, and what is added.

        The reference is known beforehand, so its part passes the middle of a step when the step
        does; what is added is reached from what was added before within a quarter of a step.
        What is added to limp muscles takes the reference away again: for them both are held.
        """
        if self._done == 0:
            self._before, self._latest = self._latest, np.array(residuals)
        shares = (self._done + np.arange(count) + 0.5)[:, None, None] / self.substeps
        last, this, following = (self._targets(n) for n in (0, 1, 2))
        early, late = np.maximum(0.5 - shares, 0.0), np.maximum(shares - 0.5, 0.0)
        told = early * last + (1.0 - early - late) * this + late * following
        held = self.held[:, None]
        told = told + held * (this - told)
        reached = np.maximum(np.minimum(4.0 * shares, 1.0), held)
        return np.asarray(told + self._before + reached * (self._latest - self._before))

    def errors(self) -> Errors:
        """How each differs from its reference now."""
        engine, reference = self.engine, self.reference
        at = reference.clamped(self.steps)
        poses, rates = reference.poses[at], reference.rates[at]
        bodies = reference.bodies[at][:, ENDS] - reference.bodies[at][:, :1]
        ends = np.array(ENDS) + 1
        return Errors(
            joints=joint_vectors(engine.qpos) - reference.joints[at],
            rates=engine.qvel[:, 6:] - rates[:, 6:],
            attitude=_turn(poses[:, 3:7], engine.qpos[:, 3:7]),
            turning=engine.qvel[:, 3:6] - rates[:, 3:6],
            place=engine.qpos[:, :3] - poses[:, :3] - self.offsets,
            velocity=engine.qvel[:, :3] - rates[:, :3],
            ends=engine.positions[:, ends] - engine.positions[:, _PELVIS : _PELVIS + 1] - bodies,
        )

    def upright(self) -> Floats:
        """(B,) cosine of the pelvis's lean."""
        up = quaternion_rotate(self.engine.qpos[:, 3:7], np.array([0.0, 1.0, 0.0]))
        return np.asarray(up[:, 1])

    def is_sound(self) -> Bools:
        """(B,) whether the engine can go on with each."""
        return np.asarray(self.engine.is_sound())

    def _root_now(self) -> tuple[Floats, Floats]:
        """(B, 7) where the reference's pelvis is at this moment, and (B, 6) its rates."""
        reference, share = self.reference, self._done / self.substeps
        at, after = reference.clamped(self.steps), reference.clamped(self.steps + 1)
        places = (1.0 - share) * reference.poses[at, :7] + share * reference.poses[after, :7]
        places[:, 3:] /= np.linalg.norm(places[:, 3:], axis=1, keepdims=True)
        rates = (1.0 - share) * reference.rates[at, :6] + share * reference.rates[after, :6]
        return places, rates

    def _help(self, share: Floats) -> None:
        """A wrench at the pelvis towards the reference, cut at a share of body weight.

        It is towards where the reference is now: towards the next control step the figure would be
        half a step ahead of the animation all the time.
        """
        self.help[:] = 0.0
        if not share.any():
            return
        engine = self.engine
        poses, rates = self._root_now()
        away = poses[:, :3] + self.offsets - engine.qpos[:, :3]
        spring, damper = _HELP_FORCE
        force = MASS_KG * (spring * away + damper * (rates[:, :3] - engine.qvel[:, :3]))
        force = _cut(force, share * MASS_KG * GRAVITY_M_S2)
        spring, damper = _HELP_TORQUE
        lean = _turn(engine.qpos[:, 3:7], poses[:, 3:7])
        torque = spring * lean + damper * (rates[:, 3:6] - engine.qvel[:, 3:6])
        torque = quaternion_rotate(engine.qpos[:, 3:7], _cut(torque, share * _HELP_TORQUE_LIMIT))
        engine.wrenches[:, _PELVIS, :3] += force
        engine.wrenches[:, _PELVIS, 3:] += torque
        self.help[:, 0], self.help[:, 1] = (
            np.linalg.norm(each, axis=1) for each in (force, torque)
        )


def no_residuals(count: int) -> Floats:
    """(B, 30) muscles are told the reference itself."""
    return np.zeros((count, MUSCLE_COUNT))


def _turn(first: Floats, second: Floats) -> Floats:
    return quaternion_to_vector(quaternion_multiply(quaternion_conjugate(first), second))


def _cut(vectors: Floats, limit: Floats) -> Floats:
    size = np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
    return np.asarray(vectors * np.minimum(1.0, limit / size)[:, None])
