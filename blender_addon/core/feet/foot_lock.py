"""Feet that stay where they were put down, on whatever ground there is.

A joint that carries is held at one place; between two holds its track is the animation's plus an
offset that eases from one hold to the next, matching speed at both ends, so that nothing pops.
The legs then reach the new tracks by two-bone inverse kinematics and the hips sink where a leg
would be too short. The same code cleans captured motion before training and the network's motion
after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..ground.terrain import Terrain
from ..maths.rotations import (
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.smoothing import gaussian_smooth, running_maximum
from ..motion.common_skeleton import HEEL_HEIGHT_M, TOE_HEIGHT_M
from ..motion.kinematics import forward_kinematics, solve_two_bone
from ..motion.skeleton import Skeleton
from .contacts import spans

_EASE_FRAMES = 8
"""Frames over which a foot's own speed dies before a hold and grows after it."""
_SHORTEST_GAP_FRAMES = 4
_SOLE_M = np.array([-0.17, -0.125, 0.0, 0.05], np.float32)
"""Places under the sole along the foot, from the toe joint: heel bone, ankle, toe joint, toes."""
_TREAD_SHIFTS_M = np.linspace(-0.2, 0.2, 41, dtype=np.float32)
_LEVEL_M = 0.04
_LUNGE_M = 0.05
"""How far the hips may sink for a foot to stay where it is."""
_STRAIN_M = 0.002
_PUSH_OFF_FRAMES = 20
_RELAXED = 0.985
_TIPTOE = 0.8
"""Share of the foot's length that may add to the leg's at the end of a step."""
_CLEAR_M = 0.028
_LANDING_FRAMES = 2
_DEEPEST_M = 0.25
"""The hips never sink further; a foot that is then out of reach comes along."""
_REACH = 0.998
"""Share of the leg's length that may be used; a straight knee looks stiff and pops."""


@dataclass(frozen=True)
class _Leg:
    thigh: int
    shin: int
    heel: int
    toe: int
    contact_columns: tuple[int, int]

    def reach(self, skeleton: Skeleton) -> float:
        bones = skeleton.offsets[[self.shin, self.heel]]
        return float(np.linalg.norm(bones, axis=-1).sum()) * _REACH


def _find_legs(skeleton: Skeleton) -> list[_Leg]:
    parts = ("UpLeg", "Leg", "Foot", "Toe")
    return [
        _Leg(thigh, shin, heel, toe, (first, first + 1))
        for side, first in (("Left", 0), ("Right", 2))
        for thigh, shin, heel, toe in [skeleton.indices([side + part for part in parts])]
    ]


def lock_feet(
    skeleton: Skeleton,
    root_positions: Floats,
    rotations_wxyz: Floats,
    contacts: Bools,
    terrain: Terrain,
    *,
    posed: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats]:
    """Hold carrying feet still on the terrain and keep swinging ones above it.

    Args:
        skeleton: with the common joint names.
        root_positions: (T, 3) of the hips, metres.
        rotations_wxyz: (T, J, 4) relative to the parent.
        contacts: (T, 4) left heel, left toe, right heel, right toe.
        terrain: the ground.
        posed: forward kinematics of the motion, if the caller has it.

    Returns:
        New root positions (T, 3) and rotations (T, J, 4).
    """
    positions, rotations = posed or forward_kinematics(skeleton, root_positions, rotations_wxyz)
    legs = _find_legs(skeleton)
    tracks = [_plan_foot(positions, leg, contacts, skeleton, terrain) for leg in legs]
    # The hips sink first: both legs must reach from the same pelvis.
    drops = [
        _missing_reach(positions[:, leg.thigh], heel, leg.reach(skeleton))
        for leg, (heel, _) in zip(legs, tracks, strict=True)
    ]
    needed = np.minimum(running_maximum(np.maximum(*drops), 6), _DEEPEST_M)
    drop = gaussian_smooth(needed, 4.0)
    root = root_positions.copy()
    root[:, 1] -= drop
    positions = positions - np.array([0, 1, 0], np.float32) * drop[:, None, None]
    local = rotations_wxyz.copy()
    for leg, (heel, toe) in zip(legs, tracks, strict=True):
        _reach_foot(skeleton, leg, positions, rotations, local, heel, toe)
    return root.astype(np.float32), local.astype(np.float32)


def _plan_foot(
    positions: Floats, leg: _Leg, contacts: Bools, skeleton: Skeleton, terrain: Terrain
) -> tuple[Floats, Floats]:
    """Tracks (T, 3) of heel and toe, at the foot's true length apart."""
    heel_on, toe_on = (_close_gaps(contacts[:, column]) for column in leg.contact_columns)
    in_flight = ~contacts.any(axis=1)
    thigh = positions[:, leg.thigh]
    comfortable = _comfortable_reach(thigh, positions[:, leg.heel], leg.reach(skeleton))
    heel, toe = _track_foot(
        positions, leg, heel_on, toe_on, in_flight, comfortable, skeleton, terrain
    )
    missing = _missing_reach(thigh, heel, leg.reach(skeleton))
    # A hold that would need a deep lunge is let go, and so is one on the very tip of the toes; a
    # heel that the body leaves behind rises.
    length = float(np.linalg.norm(skeleton.offsets[leg.toe]))
    tipped = np.linalg.norm(toe - thigh, axis=-1) > comfortable + _TIPTOE * length
    kept = (missing < _LUNGE_M) & ~(tipped & _late_half(toe_on))
    stretched = np.linalg.norm(heel - thigh, axis=-1) > comfortable + _STRAIN_M
    rises = stretched & toe_on & _late_half(heel_on)
    heel_on, toe_on = heel_on & kept & ~rises, toe_on & kept
    return _track_foot(positions, leg, heel_on, toe_on, in_flight, comfortable, skeleton, terrain)


def _late_half(flags: Bools) -> Bools:
    """The end of every run of true values: its second half, or of a long one the last moment.

    A run that lasts to the end of the motion has no such end.
    """
    late = np.zeros_like(flags)
    for start, stop in spans(flags):
        if stop == len(flags):
            continue
        late[max((start + stop) // 2, stop - _PUSH_OFF_FRAMES) : stop] = True
    return late


def _track_foot(
    positions: Floats,
    leg: _Leg,
    heel_on: Bools,
    toe_on: Bools,
    in_flight: Bools,
    comfortable: Floats,
    skeleton: Skeleton,
    terrain: Terrain,
) -> tuple[Floats, Floats]:
    heel, toe = positions[:, leg.heel], positions[:, leg.toe]
    heel_hold, toe_hold = _choose_holds(heel, toe, heel_on, toe_on, skeleton, leg, terrain)
    heel_track = heel + _ease_offsets(heel_hold - heel, heel, heel_on)
    toe_track = toe + _ease_offsets(toe_hold - toe, toe, toe_on)
    heel_track = _raise_above(terrain, heel_track, HEEL_HEIGHT_M, heel_on)
    toe_track = _raise_above(terrain, toe_track, TOE_HEIGHT_M, toe_on)
    pointing = normalise(toe - heel)
    flat = heel_on & toe_on
    pointing = normalise(
        pointing + _ease_offsets(normalise(toe_hold - heel_hold) - pointing, pointing, flat)
    )
    along = pointing * np.float32(np.linalg.norm(skeleton.offsets[leg.toe]))
    heel_track, toe_track = _keep_length(heel_track, toe_track, heel_on, toe_on, along)
    # Keeping the length may have pushed the foot into the ground: lift it whole where it swings,
    # and tip it up where its heel is held.
    free = ~(heel_on | toe_on)
    clear = _clearance(free, in_flight)
    lift = np.maximum(
        _missing_height(terrain, heel_track, HEEL_HEIGHT_M + clear, ~free),
        _missing_height(terrain, toe_track, TOE_HEIGHT_M + clear, ~free),
    )
    heel_track, toe_track = _lifted(heel_track, lift, free), _lifted(toe_track, lift, free)
    toe_track = _raise_above(terrain, toe_track, TOE_HEIGHT_M, toe_on)
    heel_track = _rise_on_toe(
        positions[:, leg.thigh], heel_track, toe_track, toe_on & ~heel_on, comfortable
    )
    along = normalise(toe_track - heel_track) * np.linalg.norm(skeleton.offsets[leg.toe])
    return heel_track, (heel_track + along).astype(np.float32)


def _clearance(free: Bools, in_flight: Bools) -> Floats:
    """Height (T,) that a running foot keeps until just before it lands, metres.

    While nothing else carries, a foot that skims the ground at several metres a second reads as a
    slide.
    """
    since = np.full(len(free), _LANDING_FRAMES, np.float32)
    for start, stop in spans(~free):
        frames = np.arange(len(free))
        since = np.minimum(since, np.maximum(start - frames, frames - (stop - 1)))
    return np.asarray(np.where(in_flight, _CLEAR_M * np.clip(since / _LANDING_FRAMES, 0, 1), 0.0))


def _close_gaps(flags: Bools) -> Bools:
    """Contacts interrupted for a few frames are one contact."""
    closed = flags.copy()
    for start, stop in spans(~flags):
        if 0 < start and stop < len(flags) and stop - start < _SHORTEST_GAP_FRAMES:
            closed[start:stop] = True
    return closed


def _choose_holds(
    heel: Floats,
    toe: Floats,
    heel_on: Bools,
    toe_on: Bools,
    skeleton: Skeleton,
    leg: _Leg,
    terrain: Terrain,
) -> tuple[Floats, Floats]:
    """Where heel and toe are held (T, 3); meaningful where their contact is on."""
    length = float(np.linalg.norm(skeleton.offsets[leg.toe]))
    heel_hold, toe_hold = heel.copy(), toe.copy()
    for start, stop in spans(toe_on):
        place = toe[start:stop].mean(axis=0)
        toward_toe = normalise((place - heel[start:stop].mean(axis=0))[[0, 2]])
        place[[0, 2]] += toward_toe * _shift_to_tread(terrain, place[[0, 2]], toward_toe)
        toe_hold[start:stop] = _on_ground(terrain, place, TOE_HEIGHT_M)
    settled = 0
    for start, stop in spans(heel_on):
        under = [span for span in spans(toe_on) if span[0] < stop and start < span[1]]
        if not under:
            place = heel[start:stop].mean(axis=0)
            heel_hold[start:stop] = _on_ground(terrain, place, HEEL_HEIGHT_M)
            continue
        # A flat foot: the heel lies the foot's length behind the held toe, at its own height.
        # Of several places of the toe the longest counts, unless the heel before stands on one.
        first = under[0][0] < settled
        anchor = under[0] if first else max(under, key=lambda span: span[1] - span[0])
        both = slice(max(start, anchor[0]), min(stop, anchor[1]))
        toward_heel = (heel[both] - toe[both]).mean(axis=0)
        heel_hold[start:stop] = _foot_length_away(
            terrain, toe_hold[anchor[0]], toward_heel, HEEL_HEIGHT_M, length
        )
        for begin, end in under:
            if (begin, end) != anchor:  # the foot pivots on its heel
                toward_toe = (toe[begin:end] - heel[begin:end]).mean(axis=0)
                toe_hold[begin:end] = _foot_length_away(
                    terrain, heel_hold[start], toward_toe, TOE_HEIGHT_M, length
                )
        settled = under[-1][1]
    return heel_hold, toe_hold


def _foot_length_away(
    terrain: Terrain, held: Floats, toward: Floats, height_m: float, length_m: float
) -> Floats:
    """Where the foot's other joint stands on the ground, in that direction from the held one."""
    along = normalise(toward[[0, 2]])
    place = held.copy()
    place[[0, 2]] += along * length_m * 0.9
    rise = _on_ground(terrain, place, height_m)[1] - held[1]
    rise = np.clip(rise, -0.95 * length_m, 0.95 * length_m)
    place[[0, 2]] = held[[0, 2]] + along * np.sqrt(length_m**2 - rise**2)
    place[1] = held[1] + rise
    return place


def _shift_to_tread(terrain: Terrain, toe_xz: Floats, toward_toe: Floats) -> float:
    """How far along the foot to move it so that it does not stand half on an edge, metres."""
    along = _TREAD_SHIFTS_M[:, None] + _SOLE_M
    heights = terrain.heights(toe_xz + along[..., None] * toward_toe)
    unevenness = np.ptp(heights, axis=1)
    if unevenness[len(unevenness) // 2] < _LEVEL_M:
        return 0.0
    return float(_TREAD_SHIFTS_M[np.argmin(unevenness + 0.2 * np.abs(_TREAD_SHIFTS_M))])


def _on_ground(terrain: Terrain, place: Floats, height_m: float) -> Floats:
    return np.array([place[0], terrain.heights(place[[0, 2]]) + height_m, place[2]], np.float32)


def _ease_offsets(offsets: Floats, track: Floats, held: Bools) -> Floats:
    """Offsets (T, 3) known while held, eased in between without a jump in place or speed."""
    if not held.any():
        return np.zeros_like(offsets)
    eased = offsets.copy()
    speed = np.gradient(track, axis=0)
    for start, stop in spans(~held):
        first, last = start - 1, stop
        if start == 0 or stop == len(held):
            anchor = last if start == 0 else first
            eased[start:stop] = offsets[anchor]
            frames = np.abs(np.arange(start, stop) - anchor)
            sign = -1.0 if start == 0 else 1.0
            eased[start:stop] -= sign * _die_away(frames, len(held))[:, None] * speed[anchor]
            continue
        frames = np.arange(start, stop) - first
        span = last - first
        u = (frames / span)[:, None]
        blend = u * u * u * (u * (6 * u - 15) + 10)
        eased[start:stop] = (1 - blend) * offsets[first] + blend * offsets[last]
        # The held foot has no speed, the animation has: cancel it at both ends only.
        eased[start:stop] -= _die_away(frames, span)[:, None] * speed[first]
        eased[start:stop] += _die_away(span - frames, span)[:, None] * speed[last]
    return eased


def _die_away(frames: Ints, span: int) -> Floats:
    """A bump with unit slope at 0 that is gone after the ease, in frames."""
    ease = min(_EASE_FRAMES, span)
    u = np.minimum(frames / ease, 1.0)
    return np.asarray(ease * u * (1 - u) ** 2)


def _raise_above(terrain: Terrain, track: Floats, height_m: float, held: Bools) -> Floats:
    """Lift a swinging joint over the ground, beginning before the obstacle and ending after it."""
    return _lifted(track, _missing_height(terrain, track, height_m, held), ~held)


def _missing_height(
    terrain: Terrain, track: Floats, height_m: float | Floats, held: Bools
) -> Floats:
    """How far a joint (T,) is too low where it is not held."""
    lowest = terrain.heights(track[:, [0, 2]]) + height_m
    return np.where(held, 0.0, np.maximum(lowest - track[:, 1], 0.0))


def _lifted(track: Floats, deficit: Floats, free: Bools) -> Floats:
    """A track (T, 3) raised by at least its deficit (T,), smoothly, in free frames alone."""
    if not deficit.any():
        return track
    lift = np.where(free, gaussian_smooth(running_maximum(deficit, 3), 1.5), 0.0)
    raised = track.copy()
    raised[:, 1] += np.maximum(lift, deficit)
    return raised


def _keep_length(
    heel: Floats, toe: Floats, heel_on: Bools, toe_on: Bools, along: Floats
) -> tuple[Floats, Floats]:
    """The joint that carries keeps its place, the other one lies ``along`` (T, 3) the foot."""
    distance = np.full(len(heel), _EASE_FRAMES, np.float32)
    for start, stop in spans(toe_on):
        near = np.arange(len(heel))
        outside = np.maximum(np.maximum(start - near, near - (stop - 1)), 0)
        distance = np.minimum(distance, outside)
    weight = np.where(heel_on & ~toe_on, 0.0, 1.0 - distance / _EASE_FRAMES)[:, None]
    heel_final = (1 - weight) * heel + weight * (toe - along)
    return heel_final.astype(np.float32), (heel_final + along).astype(np.float32)


def _rise_on_toe(thigh: Floats, heel: Floats, toe: Floats, on_toe: Bools, reach: Floats) -> Floats:
    """Where only the toe holds and the leg is too short, tip the foot over the toe.

    The heel moves on the circle around the toe to where the leg just reaches it.
    """
    length = np.linalg.norm(heel - toe, axis=-1)
    distance = np.linalg.norm(thigh - toe, axis=-1)
    too_far = on_toe & (np.linalg.norm(heel - thigh, axis=-1) > reach)
    upward = normalise(thigh - toe)
    behind = heel - toe
    behind = normalise(behind - np.sum(behind * upward, axis=-1, keepdims=True) * upward)
    cosine = (length**2 + distance**2 - reach**2) / np.maximum(2 * length * distance, 1e-9)
    cosine = np.clip(cosine, -1.0, 1.0)[:, None]
    risen = toe + length[:, None] * (cosine * upward + np.sqrt(1 - cosine**2) * behind)
    rise = np.where(too_far[:, None], risen - heel, 0.0)
    # The heel goes up and, let go in the middle of it, comes down over a moment, not at once.
    for start, stop in spans(on_toe):
        rising = np.arange(start, min(start + _EASE_FRAMES, stop))
        risen_share = (rising - start + 1) / (_EASE_FRAMES + 1)
        rise[rising] *= (risen_share * risen_share * (3 - 2 * risen_share))[:, None]
        after = np.arange(stop, min(stop + _EASE_FRAMES, len(heel)))
        left = 1 - (after - stop + 1) / (_EASE_FRAMES + 1)
        rise[after] += (left * left * (3 - 2 * left))[:, None] * rise[stop - 1]
    return np.asarray(heel + rise, np.float32)


def _comfortable_reach(thigh: Floats, heel: Floats, reach: float) -> Floats:
    """How far (T,) a leg is stretched at the end of a step: as far as the animation does.

    Near full stretch a knee snaps: the last half percent of reach straightens it by centimetres.
    """
    asked = np.linalg.norm(heel - thigh, axis=-1)
    return np.asarray(np.clip(asked, _RELAXED * reach, reach), np.float32)


def _missing_reach(thigh: Floats, heel: Floats, reach: float) -> Floats:
    """How far the hips must sink (T,) for a leg of that reach."""
    across = np.linalg.norm((heel - thigh)[:, [0, 2]], axis=-1)
    down = np.sqrt(np.maximum(reach**2 - across**2, 0.0))
    return np.asarray(np.maximum(thigh[:, 1] - heel[:, 1] - down, 0.0))


def _reach_foot(
    skeleton: Skeleton,
    leg: _Leg,
    positions: Floats,
    rotations: Floats,
    local: Floats,
    heel: Floats,
    toe: Floats,
) -> None:
    """Write thigh, shin and foot rotations into ``local`` so that the foot follows its tracks."""
    thigh_at, shin_at, heel_at = (positions[:, j] for j in (leg.thigh, leg.shin, leg.heel))
    forward = quaternion_rotate(rotations[:, leg.thigh], np.array([0, 0, 1], np.float32))
    knee = shin_at - 0.5 * (thigh_at + heel_at)
    # A nearly straight leg gives no bend direction; the thigh's front then decides.
    pole = knee + 0.03 * forward
    thigh_turn, shin_turn = solve_two_bone(thigh_at, shin_at, heel_at, heel, pole)
    thigh = quaternion_multiply(thigh_turn, rotations[:, leg.thigh])
    shin = quaternion_multiply(shin_turn, rotations[:, leg.shin])
    pointing = quaternion_rotate(rotations[:, leg.heel], skeleton.offsets[leg.toe])
    foot_turn = rotation_between(pointing, toe - heel)
    foot = quaternion_multiply(foot_turn, rotations[:, leg.heel])
    hips = rotations[:, skeleton.parents[leg.thigh]]
    local[:, leg.thigh] = quaternion_multiply(quaternion_conjugate(hips), thigh)
    local[:, leg.shin] = quaternion_multiply(quaternion_conjugate(thigh), shin)
    local[:, leg.heel] = quaternion_multiply(quaternion_conjugate(shin), foot)
