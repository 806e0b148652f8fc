"""What the common skeleton lacks below a leg: pasterns, hooves, toes, by a rule per kind of foot.

A hoof stands flat as long as the pastern lets it, then rolls over its tip; in the air pastern and
hoof fold back. Toes lie flat while a paw stands, stay on the ground as its base lifts, and hang in
the air.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    normalise,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
    rotation_between,
)
from ..body import FootKind
from ..root import root_of
from .leg_solve import bent, brought_near
from .rig_map import LegMap, QuadrupedMap

if TYPE_CHECKING:
    from .posed import Posing

_PASTERN_FOLD_RAD: Final = 0.6
_HOOF_FOLD_RAD: Final = 0.95
"""How far pastern and hoof are folded back against the cannon bone in the middle of a swing."""

_TOE_FOLD_RAD: Final = 0.4
_STEEPEST_TOES_RAD: Final = 1.0
_SHORT_SWING_S: Final = 0.12
"""In a shorter one a foot folds less."""

_NEARER: Final = 0.06
"""Of a leg's height, by which a hock or carpus gives way at most to keep a hoof flat."""

_ROLL_S: Final = 0.25
_ROLL_SHARE: Final = 0.35
"""Before a hoof lifts: for how long, and for which part of its stance at most, it rolls over."""

_STRAIGHT: Final = 0.9995
_SIDE: Final = np.array([1.0, 0.0, 0.0])
_UP: Final = np.array([0.0, 1.0, 0.0])


class FootMotion:
    """When feet swing, and how they point while they stand.

    Args:
        found: the rig.
        positions: (T, 27, 3) of the body's joints.
        normals: (T, 4, 3) of the ground below the paws.
        contacts: (T, 4).
        frame_rate_hz: frames per second.
    """

    def __init__(
        self,
        found: QuadrupedMap,
        positions: Floats,
        normals: Floats,
        contacts: Bools,
        frame_rate_hz: float,
    ) -> None:
        self._found = found
        headings = np.unwrap(root_of(positions)[:, 2].astype(np.float64))
        self._swings = np.stack([swing_weight(c, frame_rate_hz) for c in contacts.T], axis=1)
        held = [held_while(contact, headings) for contact in contacts.T]
        yaws = heading_to_quaternion(np.stack(held, axis=1)).astype(np.float64)
        lies = [
            np.stack(
                [held_while(contacts[:, n], normals[:, n, axis]) for axis in range(3)], axis=-1
            )
            for n in range(contacts.shape[1])
        ]
        tilts = rotation_between(np.broadcast_to(_UP, normals.shape), np.stack(lies, axis=1))
        self._flat = normalise(quaternion_multiply(tilts, yaws))
        self._contacts = contacts
        self._keeping = np.stack([flat_weight(c, frame_rate_hz) for c in contacts.T], axis=1)

    def has_pastern(self, leg: LegMap) -> bool:
        """Whether a leg stands on a hoof below a pastern."""
        return self._found.foot is FootKind.HOOF and leg.joints[3] - leg.joints[2] > 2

    def flat_hoof(
        self, number: int, leg: LegMap, points: Floats, start: Floats, tip: Floats
    ) -> tuple[Floats, Floats]:
        """What would keep a standing hoof flat.

        Args:
            number: of the leg.
            leg, points: of the rig, in metres.
            start: (T, 3) where the cannon bone begins.
            tip: (T, 3) where the hoof's tip is.

        Returns:
            (T, 3) where the hoof then begins, and (T,) by how much the cannon bone has to begin
            nearer to that.
        """
        paw = leg.joints[3]
        crown = tip + quaternion_rotate(self._flat[:, number], points[paw - 1] - points[paw])
        reach = _length(points, paw - 3, paw - 2) + _length(points, paw - 2, paw - 1)
        height = float(np.ptp(points[:, 1]))
        over = np.linalg.norm(crown - start, axis=1) - _STRAIGHT * reach
        return crown, self._keeping[:, number] * np.clip(over, 0.0, _NEARER * height)

    def pose_foot(
        self, posing: Posing, number: int, leg: LegMap, points: Floats, tip: Floats
    ) -> None:
        """Put the bones of a foot, whose leg has been put as far as the paw, at (T, 3) ``tip``."""
        if self.has_pastern(leg):
            self._pose_hoof(posing, number, leg, points, tip)
        elif leg.joints[3] < len(leg.bones):
            self._pose_toes(posing, number, leg, points)

    def _pose_hoof(
        self, posing: Posing, number: int, leg: LegMap, points: Floats, end: Floats
    ) -> None:
        tip = leg.joints[3]
        hoof, fetlock, cannon = tip - 1, tip - 2, tip - 3
        level, swing = self._flat[:, number], self._swings[:, number]
        rigid = posing.turns[leg.bones[cannon]]
        start = posing.heads[leg.bones[cannon]]
        lengths = _length(points, cannon, fetlock), _length(points, fetlock, hoof)
        up = points[hoof] - points[tip]
        flat = end + quaternion_rotate(level, up)
        crown = brought_near(start, end, flat, float(np.linalg.norm(up)), _STRAIGHT * sum(lengths))
        aside = points[fetlock] - (points[cannon] + points[hoof]) / 2
        joint = bent(start, crown, lengths, quaternion_rotate(rigid, aside))
        standing = (
            aimed(rigid, points[fetlock] - points[cannon], joint - start),
            aimed(rigid, points[hoof] - points[fetlock], crown - joint),
            aimed(level, up, crown - end),
        )
        folded = (
            rigid,
            quaternion_multiply(rigid, _about_side(_PASTERN_FOLD_RAD)),
            quaternion_multiply(rigid, _about_side(_HOOF_FOLD_RAD)),
        )
        place = start
        for bone, after, stands, swings in zip(
            (cannon, fetlock, hoof), (fetlock, hoof, tip), standing, folded, strict=True
        ):
            turn = quaternion_nlerp(stands, swings, swing).astype(np.float64)
            posing.put(leg.bones[bone], place, turn)
            place = place + quaternion_rotate(turn, points[after] - points[bone])
        self._pose_rest(posing, leg, points, tip, place, posing.turns[leg.bones[hoof]])

    def _pose_toes(self, posing: Posing, number: int, leg: LegMap, points: Floats) -> None:
        paw = leg.joints[3]
        above = leg.bones[paw - 1]
        rigid = posing.turns[above]
        place = posing.heads[above] + quaternion_rotate(rigid, points[paw] - points[paw - 1])
        toes = float(np.linalg.norm(points[-1] - points[paw]))
        lifted = place[:, 1] - held_while(self._contacts[:, number], place[:, 1])
        pitch = np.arcsin(np.clip(lifted / max(toes, 1e-9), 0.0, np.sin(_STEEPEST_TOES_RAD)))
        standing = quaternion_multiply(self._flat[:, number], _about_side(pitch))
        hanging = quaternion_multiply(rigid, _about_side(_TOE_FOLD_RAD))
        turn = quaternion_nlerp(standing, hanging, self._swings[:, number]).astype(np.float64)
        self._pose_rest(posing, leg, points, paw, place, turn)

    @staticmethod
    def _pose_rest(
        posing: Posing, leg: LegMap, points: Floats, first: int, place: Floats, turn: Floats
    ) -> None:
        for bone in range(first, len(leg.bones)):
            off = quaternion_rotate(turn, points[bone] - points[first])
            posing.put(leg.bones[bone], place + off, turn)


def swing_weight(contact: Bools, frame_rate_hz: float) -> Floats:
    """(T,) 0 while a foot stands, rising to 1 in the middle of each swing, less in a short one.

    Args:
        contact: (T,) whether it stands.
        frame_rate_hz: frames per second.
    """
    weights = np.zeros(len(contact))
    for start, end in _runs(~contact):
        share = (np.arange(end - start) + 0.5) / (end - start)
        much = min((end - start) / (_SHORT_SWING_S * frame_rate_hz), 1.0)
        weights[start:end] = much**2 * np.sin(np.pi * share) ** 2
    return weights


def flat_weight(contact: Bools, frame_rate_hz: float) -> Floats:
    """(T,) 1 while a hoof is to stand flat: from before it lands until it begins to roll over.

    Args:
        contact: (T,) whether it stands.
        frame_rate_hz: frames per second.
    """
    weights = np.zeros(len(contact))
    for start, end in _runs(contact):
        weights[start:end] = 1.0
        rolls = int(min(_ROLL_SHARE * (end - start), _ROLL_S * frame_rate_hz))
        if end < len(contact) and rolls:
            share = (np.arange(rolls) + 1.0) / (rolls + 1.0)
            weights[end - rolls : end] = 1.0 - share**2 * (3.0 - 2.0 * share)
    for start, end in _runs(~contact):
        lands = (end - start) // 3
        if end < len(contact) and lands:
            share = (np.arange(lands) + 1.0) / (lands + 1.0)
            weights[end - lands : end] = share**2 * (3.0 - 2.0 * share)
    return weights


def held_while(contact: Bools, values: Floats) -> Floats:
    """(T,) values that keep their mean while a foot stands, and go over smoothly between.

    Args:
        contact: (T,) whether it stands.
        values: (T,).
    """
    stands = list(_runs(contact))
    if not stands:
        return np.asarray(values, np.float64).copy()
    held = np.empty(len(values))
    means = [float(np.mean(values[start:end])) for start, end in stands]
    held[: stands[0][0]], held[stands[-1][1] :] = means[0], means[-1]
    for (start, end), mean in zip(stands, means, strict=True):
        held[start:end] = mean
    for n in range(len(stands) - 1):
        start, end = stands[n][1], stands[n + 1][0]
        share = (np.arange(end - start) + 1.0) / (end - start + 1.0)
        held[start:end] = means[n] + (means[n + 1] - means[n]) * share**2 * (3.0 - 2.0 * share)
    return held


def held_place(contact: Bools, places: Floats, most: float) -> Floats:
    """(T, 3) places that do not move while a foot stands; in the air they go over smoothly.

    Args:
        contact: (T,) whether it stands.
        places: (T, 3) where it is.
        most: by which it is drawn to the middle of its places at most; what is further slides.
    """
    held = np.array(places, np.float64)
    stands = _runs(contact)
    shift = np.zeros_like(held)
    for start, end in stands:
        off = np.median(held[start:end], axis=0) - held[start:end]
        far = np.linalg.norm(off, axis=1, keepdims=True)
        shift[start:end] = off * np.minimum(most / np.maximum(far, 1e-12), 1.0)
    edges = [(0, stands[0][0]), *((a[1], b[0]) for a, b in pairwise(stands))] if stands else []
    for start, end in edges:
        before = shift[start - 1] if start > 0 else shift[end]
        share = ((np.arange(end - start) + 1.0) / (end - start + 1.0))[:, None]
        shift[start:end] = before + (shift[end] - before) * share
    if stands:
        shift[stands[-1][1] :] = shift[stands[-1][1] - 1]
    return held + shift


def _runs(mask: Bools) -> list[tuple[int, int]]:
    """Start and end of each stretch of frames on which it holds."""
    steps = np.diff(np.concatenate(([False], mask, [False])).astype(np.int8))
    return list(
        zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True)
    )


def _about_side(angle_rad: Floats | float) -> Floats:
    """Turns about the animal's left; positive ones fold what hangs down backward."""
    angles = np.asarray(angle_rad, np.float64)
    return np.asarray(axis_angle_to_quaternion(np.broadcast_to(_SIDE, (*angles.shape, 3)), angles))


def _length(points: Floats, start: int, end: int) -> float:
    return float(np.linalg.norm(points[end] - points[start]))


def aimed(turn: Floats, rest: Floats, way: Floats) -> Floats:
    """A turn (T, 4) swung on so that a direction at rest (3,) goes a way (T, 3)."""
    now = quaternion_rotate(turn, np.broadcast_to(rest, way.shape))
    return np.asarray(normalise(quaternion_multiply(rotation_between(now, way), turn)))
