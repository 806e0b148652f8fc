"""Keeping one's balance without learning: a law of feedback that is added to the reference.

``Balance(reference).residuals(simulation)`` is what muscles are told besides the reference: the
torque that the motion needs anyway (``feed_forward``) and what brings a figure back that has come
off it. A plan or a learned policy adds its own residuals to these. It keeps no state: one balance
serves every simulation of its reference, roll-outs too.

A swinging thigh is led to where the fall goes (place and velocity of the pelvis over the standing
foot, against those of the reference), the standing hip holds the trunk upright and gives way in
its own angle meanwhile, the standing ankle presses where the body leans. What the two legs do is
shared by how far they carry in the reference.

Sources: Yin et al. 2007, SIMBICON, ACM TOG 26(3):105; Lee et al. 2010, Data-driven biped control,
ACM TOG 29(4):129. The gains were sought by ``backend.physics.tuning``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..maths.rotation_vectors import quaternion_to_vector
from ..maths.rotations import quaternion_conjugate, quaternion_multiply
from ..maths.smoothing import gaussian_smooth
from .feed_forward import feed_forward
from .figure import BODY_NAMES, PARTS
from .reference import Reference
from .simulation import Simulation

SIDES: Final = ("left_", "right_")
_EASE_STEPS: Final = 0.75
_LEAST_CARRIED: Final = 0.2
_LONG_STEPS: Final = 5
_LIMITS: Final[Floats] = np.array([0.5, 2.0, 0.7, 5.0])
"""Beyond these place (m), velocity (m/s), attitude (rad) and turning (rad/s) count no more."""


@dataclass(frozen=True, eq=False)
class Gains:
    """How strongly muscles answer, radians for a metre, metre a second, radian, radian a second.

    Rows are what is off: place and velocity of the pelvis over the standing foot, attitude and
    turning of the pelvis; sagittal gains have the height and its velocity besides. Any may have
    one table for each of B figures.

    Args:
        sagittal: (..., 6, 7) about x: swinging thigh, standing thigh, standing knee, swinging knee,
            standing ankle, swinging ankle, waist.
        frontal: (..., 4, 5) about z: swinging thigh, standing thigh, standing ankle, swinging
            ankle, waist.
        turning: (..., 2, 3) about y, of attitude and turning: swinging thigh, standing thigh,
            waist.
        giving: (..., 3) about x, y, z: share in which a standing hip gives way in its own angle.
        standing: (..., 2, 2) of place and velocity: what ankles answer besides about x and z while
            both feet carry for long. Who stands has soles of 25 cm, and no next step.
    """

    sagittal: Floats
    frontal: Floats
    turning: Floats
    giving: Floats
    standing: Floats


GAINS: Final = Gains(
    sagittal=np.array(
        [
            [-0.6, 0, 0, 0, 0.5, 0.6, 0],
            [-0.25, 0, 0, 0, 0.2, 0.25, 0],
            [0, 0.8, 0, 0, 0, 0, -0.3],
            [0, 0.08, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0.0],
        ]
    ),
    frontal=np.array(
        [
            [0.8, 0, -0.3, -0.6, 0],
            [0.3, 0, -0.1, -0.25, 0],
            [0, 0.6, 0, 0, -0.3],
            [0, 0.06, 0, 0, 0],
        ]
    ),
    turning=np.array([[0, 0.3, 0], [0, 0.03, 0]]),
    giving=np.array([0.4, 0.0, 0.0]),
    standing=np.array([[1.5, -0.9], [0.6, -0.4]]),
)


class Balance:
    """What keeps figures on their feet that follow a reference.

    Args:
        reference: what they follow; some of its torques are computed beforehand.
        gains: of the feedback.

    Attributes:
        reference: what they follow.
    """

    def __init__(self, reference: Reference, gains: Gains = GAINS) -> None:
        self.reference, self._gains = reference, gains
        self._known = feed_forward(reference)
        carries = gaussian_smooth(reference.carries.astype(np.float64), _EASE_STEPS, keep_ends=True)
        self._carries = np.clip(carries, 0.0, 1.0)
        total = self._carries.sum(axis=1, keepdims=True)
        self._shares = self._carries / np.maximum(total, _LEAST_CARRIED)
        self._stands = _for_long(reference.carries.all(axis=1))
        self._stance = _pelvis_over(
            reference.poses[:, :3], reference.bodies[:, _FEET], self._shares
        )

    def with_gains(self, gains: Gains) -> Balance:
        """The same with other gains."""
        other = copy.copy(self)
        other._gains = gains
        return other

    def residuals(self, simulation: Simulation) -> Floats:
        """(B, 30) radians to add to the muscles' targets for the coming control step."""
        at = self.reference.clamped(simulation.steps)
        place, velocity, attitude, turning = self._off(simulation, at)
        gains, out = self._gains, self._known[at]
        sagittal = _answer(
            gains.sagittal,
            place[:, 2], velocity[:, 2], attitude[:, 0], turning[:, 0], place[:, 1], velocity[:, 1],
        )  # fmt: skip
        frontal = _answer(gains.frontal, place[:, 0], velocity[:, 0], attitude[:, 2], turning[:, 2])
        about = _answer(gains.turning, attitude[:, 1], turning[:, 1])
        self._legs(out, at, sagittal, frontal, about)
        self._stand(out, at, place, velocity)
        self._give_way(out, at, simulation)
        waist = np.stack((sagittal[:, 6], about[:, 2], frontal[:, 4]), axis=1)
        out[:, _CHEST : _CHEST + 3] += waist
        return out

    def _off(self, simulation: Simulation, at: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """How the pelvis is off: (B, 3) place over what stands, velocity, attitude, turning.

        Place and velocity are in axes that turn with the figure.
        """
        engine, reference = simulation.engine, self.reference
        qpos, qvel = engine.qpos, engine.qvel
        poses, rates = reference.poses[at], reference.rates[at]
        over = _pelvis_over(qpos[:, :3], engine.positions[:, _FEET + 1], self._shares[at])
        in_air = 1.0 - self._shares[at].sum(axis=1, keepdims=True)  # over no foot, but a place
        turn = quaternion_multiply(quaternion_conjugate(poses[:, 3:7]), qpos[:, 3:7])
        off = np.stack(
            (
                _facing(qpos[:, 3:7], over - self._stance[at] - in_air * simulation.offsets),
                _facing(qpos[:, 3:7], qvel[:, :3] - rates[:, :3]),
                quaternion_to_vector(turn),
                qvel[:, 3:6] - rates[:, 3:6],
            )
        )
        limits = _LIMITS[:, None, None]
        return tuple(np.clip(off, -limits, limits))

    def _legs(
        self, out: Floats, at: Ints, sagittal: Floats, frontal: Floats, about: Floats
    ) -> None:
        for side in range(2):
            stands, swings = self._shares[at, side], 1.0 - self._carries[at, side]
            thigh, shin, foot = _THIGHS[side], _SHINS[side], _ANKLES[side]
            out[:, thigh] += swings * sagittal[:, 0] + stands * sagittal[:, 1]
            out[:, shin] += stands * sagittal[:, 2] + swings * sagittal[:, 3]
            out[:, foot] += stands * sagittal[:, 4] + swings * sagittal[:, 5]
            out[:, thigh + 2] += swings * frontal[:, 0] + stands * frontal[:, 1]
            out[:, foot + 2] += stands * frontal[:, 2] + swings * frontal[:, 3]
            out[:, thigh + 1] += swings * about[:, 0] + stands * about[:, 1]

    def _stand(self, out: Floats, at: Ints, place: Floats, velocity: Floats) -> None:
        for axis, along in ((0, 2), (2, 0)):
            gains = self._gains.standing[..., axis // 2 : axis // 2 + 1]
            pressed = self._stands[at] * _answer(gains, place[:, along], velocity[:, along])[:, 0]
            for side, ankle in enumerate(_ANKLES):
                out[:, ankle + axis] += self._shares[at, side] * pressed

    def _give_way(self, out: Floats, at: Ints, simulation: Simulation) -> None:
        for side in range(2):
            start = _THIGHS[side]
            turn = simulation.engine.qpos[:, _THIGH_TURNS[side] : _THIGH_TURNS[side] + 4]
            away = quaternion_to_vector(turn) - self.reference.joints[at, start : start + 3]
            out[:, start : start + 3] += self._gains.giving * away * self._carries[at, side, None]


def _columns(name: str) -> tuple[int, int]:
    """First muscle of the left and of the right part of this name."""
    names = [part.name for part in PARTS]
    first, second = (
        sum(part.degrees for part in PARTS[: names.index(side + name)]) for side in SIDES
    )
    return first, second


def _pose_columns(name: str) -> tuple[int, int]:
    """Where in a pose the rotations of the left and of the right part of this name are."""
    names = [part.name for part in PARTS]
    first, second = (
        7 + sum(4 if part.is_ball else 1 for part in PARTS[: names.index(side + name)])
        for side in SIDES
    )
    return first, second


_THIGHS: Final = _columns("thigh")
_SHINS: Final = _columns("shin")
_ANKLES: Final = _columns("foot")
_THIGH_TURNS: Final = _pose_columns("thigh")
_CHEST: Final = sum(part.degrees for part in PARTS[: [part.name for part in PARTS].index("chest")])
_FEET: Final[Ints] = np.array([BODY_NAMES.index(side + "foot") for side in SIDES])


def _for_long(both: Bools) -> Floats:
    """(K,) from 0 to 1: whether both feet carry around each step, not only in passing."""
    out = both.astype(np.float64)
    around = np.convolve(
        np.pad(out, _LONG_STEPS, mode="edge"), np.ones(2 * _LONG_STEPS + 1), "valid"
    )
    return gaussian_smooth((around > 2 * _LONG_STEPS).astype(np.float64), 0.5 * _LONG_STEPS)


def _pelvis_over(pelvis: Floats, feet: Floats, shares: Floats) -> Floats:
    """(B, 3) from what carries to the pelvis: of feet (B, 2, 3) by their shares (B, 2)."""
    return np.asarray(pelvis - np.einsum("bf,bfd->bd", shares, feet))


def _answer(gains: Floats, *off: Floats) -> Floats:
    """(B, actions) of gains (..., features, actions) to features (B,)."""
    return np.asarray((np.stack(off, axis=1)[:, None] @ gains)[:, 0])


def _facing(attitudes: Floats, vectors: Floats) -> Floats:
    """World vectors (B, 3) in level axes that look where attitudes (B, 4) face."""
    w, x, y, z = attitudes.T
    sine, cosine = 2.0 * (x * z + w * y), 1.0 - 2.0 * (x * x + y * y)
    size = np.maximum(np.hypot(sine, cosine), 1e-6)
    sine, cosine = sine / size, cosine / size
    a, b, c = vectors.T
    return np.stack((cosine * a - sine * c, b, sine * a + cosine * c), axis=1)
