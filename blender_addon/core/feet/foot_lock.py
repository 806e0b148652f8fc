"""Feet that stay where they were put down, on whatever ground there is.

A joint that carries is held at one place; between two holds its track is the animation's plus an
offset that eases from one hold to the next, matching speed at both ends, so that nothing pops.
The legs then reach the new tracks by two-bone inverse kinematics and the hips sink where a leg
would be too short. The same code cleans captured motion before training and the network's motion
after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..conventions import FORWARD, LEFTWARD, Bools, Floats, Ints
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import (
    dot,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.segments import Segments, Spans, turns
from ..motion.common_skeleton import HEEL_BACK_M, HEEL_HEIGHT_M, TIP_AHEAD_M, TOE_HEIGHT_M
from ..motion.kinematics import forward_kinematics, solve_two_bone
from ..motion.skeleton import Skeleton
from .holds import choose_holds
from .soles import FootPose, Sole, settle

_EASE_FRAMES = 8
"""Frames over which a foot's own speed decays before a hold and grows after it."""
_SHORTEST_GAP_FRAMES = 4
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
_LEVEL = np.array([1.0, 0.0, 1.0], np.float32)
_PARTS = ("UpLeg", "Leg", "Foot", "Toe")


@dataclass(frozen=True)
class _Leg:
    """Joints of one leg in the lower body, and its measures."""

    thigh: int
    shin: int
    heel: int
    toe: int
    contact_columns: tuple[int, int]
    reach_m: float
    foot_m: float


@dataclass(frozen=True, eq=False)
class _Foot:
    """One foot as animated, and everything around it that holds do not change."""

    thigh: Floats
    heel: Floats
    toe: Floats
    foot_m: float
    in_flight: Bools
    comfortable: Floats
    terrain: Terrain
    motions: Segments

    @cached_property
    def pointing(self) -> Floats:
        """(T, 3) unit vectors from heel to toe."""
        return normalise(self.toe - self.heel)

    @cached_property
    def speeds(self) -> tuple[Floats, Floats, Floats]:
        """Of heel, toe and pointing (T, 3), by the frame."""
        heel, toe, pointing = map(self.motions.gradient, (self.heel, self.toe, self.pointing))
        return heel, toe, pointing


def _find_legs(lower: Skeleton) -> list[_Leg]:
    legs = []
    for side, first in (("Left", 0), ("Right", 2)):
        thigh, shin, heel, toe = lower.indices([side + part for part in _PARTS])
        reach = float(np.linalg.norm(lower.offsets[[shin, heel]], axis=-1).sum()) * _REACH
        foot = float(np.linalg.norm(lower.offsets[toe]))
        legs.append(_Leg(thigh, shin, heel, toe, (first, first + 1), reach, foot))
    return legs


def lock_feet(
    skeleton: Skeleton,
    root_positions: Floats,
    rotations_wxyz: Floats,
    contacts: Bools,
    terrain: Terrain,
    *,
    posed: tuple[Floats, Floats] | None = None,
    motions: Segments | None = None,
) -> tuple[Floats, Floats]:
    """Hold carrying feet still on the terrain and keep swinging ones above it.

    Args:
        skeleton: with the common joint names.
        root_positions: (T, 3) of the hips, metres.
        rotations_wxyz: (T, J, 4) relative to the parent.
        contacts: (T, 4) left heel, left toe, right heel, right toe.
        terrain: the ground.
        posed: what ``pose_legs`` says of the motion, if the caller has it.
        motions: of several motions end to end, where each begins; None for a single one.

    Returns:
        New root positions (T, 3) and rotations (T, J, 4).
    """
    motions = motions or Segments.of(len(root_positions))
    lower, joints = lower_body(skeleton)
    positions, rotations = posed or pose_legs(skeleton, root_positions, rotations_wxyz)
    legs = _find_legs(lower)
    feet = [
        settle(
            _persons_sole(lower, leg),
            _pose_foot(
                lower, leg, rotations, _plan_foot(positions, leg, contacts, terrain, motions)
            ),
            terrain,
            motions,
        )
        for leg in legs
    ]
    # The hips sink first: both legs must reach from the same pelvis.
    drops = [
        _missing_reach(positions[:, leg.thigh], foot.ankle, leg.reach_m)
        for leg, foot in zip(legs, feet, strict=True)
    ]
    needed = np.minimum(motions.running_maximum(np.maximum(*drops), 6), _DEEPEST_M)
    drop = motions.smooth(needed, 4.0)
    root = root_positions.copy()
    root[:, 1] -= drop
    positions = positions - np.array([0, 1, 0], np.float32) * drop[:, None, None]
    local = rotations_wxyz.copy()
    for leg, foot in zip(legs, feet, strict=True):
        turns = _reach_foot(lower, leg, positions, rotations, foot)
        for joint, turn in zip((leg.thigh, leg.shin, leg.heel, leg.toe), turns, strict=True):
            local[:, joints[joint]] = turn
    return root.astype(np.float32), local.astype(np.float32)


def pose_legs(
    skeleton: Skeleton, root_positions: Floats, rotations_wxyz: Floats
) -> tuple[Floats, Floats]:
    """World positions (T, L, 3) and rotations (T, L, 4) of the joints of ``lower_body``."""
    lower, joints = lower_body(skeleton)
    return forward_kinematics(lower, root_positions, rotations_wxyz[:, joints])


@lru_cache(maxsize=8)
def lower_body(skeleton: Skeleton) -> tuple[Skeleton, list[int]]:
    """Hips and legs alone, and which joints of the skeleton they are: all that a lock looks at."""
    parts = [side + part for side in ("Left", "Right") for part in _PARTS]
    joints = [0, *skeleton.indices(parts)]
    parents = [joints.index(skeleton.parents[joint]) for joint in joints[1:]]
    names = tuple(skeleton.names[joint] for joint in joints)
    return Skeleton(names, np.array([-1, *parents]), skeleton.offsets[joints]), joints


def _plan_foot(
    positions: Floats, leg: _Leg, contacts: Bools, terrain: Terrain, motions: Segments
) -> tuple[Floats, Floats]:
    """Tracks (T, 3) of heel and toe, at the foot's true length apart."""
    heel_on, toe_on = (_close_gaps(contacts[:, c], motions) for c in leg.contact_columns)
    in_flight = ~contacts.any(axis=1)
    thigh, heel, toe = (positions[:, j].copy() for j in (leg.thigh, leg.heel, leg.toe))
    comfortable = _comfortable_reach(thigh, heel, leg.reach_m)
    foot = _Foot(thigh, heel, toe, leg.foot_m, in_flight, comfortable, terrain, motions)
    heel, toe = _track_foot(foot, heel_on, toe_on)
    missing = _missing_reach(thigh, heel, leg.reach_m)
    # A hold that would need a deep lunge is let go, and so is one on the very tip of the toes; a
    # heel that the body leaves behind rises.
    tipped = length(toe - thigh) > comfortable + _TIPTOE * leg.foot_m
    kept = (missing < _LUNGE_M) & ~(tipped & _late_half(toe_on, motions))
    stretched = length(heel - thigh) > comfortable + _STRAIN_M
    rises = stretched & toe_on & _late_half(heel_on, motions)
    heel_on, toe_on = heel_on & kept & ~rises, toe_on & kept
    return _track_foot(foot, heel_on, toe_on)


def _late_half(flags: Bools, motions: Segments) -> Bools:
    """The end of every run of true values: its second half, or of a long one the last moment.

    A run that lasts to the end of the motion has no such end.
    """
    runs = motions.spans(flags)
    late = np.maximum((runs.starts + runs.stops) // 2, runs.stops - _PUSH_OFF_FRAMES)
    ends = runs.stops <= motions.last[runs.starts]
    return Spans(late, runs.stops)[ends].mask(len(flags))


def _track_foot(foot: _Foot, heel_on: Bools, toe_on: Bools) -> tuple[Floats, Floats]:
    heel, toe, terrain, motions = foot.heel, foot.toe, foot.terrain, foot.motions
    heel_hold, toe_hold = choose_holds(heel, toe, heel_on, toe_on, foot.foot_m, terrain, motions)
    heel_speed, toe_speed, turn = foot.speeds
    heel_track = heel + _ease_offsets(heel_hold - heel, heel_speed, heel_on, motions)
    toe_track = toe + _ease_offsets(toe_hold - toe, toe_speed, toe_on, motions)
    heel_track = _raise_above(foot, heel_track, HEEL_HEIGHT_M, heel_on)
    toe_track = _raise_above(foot, toe_track, TOE_HEIGHT_M, toe_on)
    flat = heel_on & toe_on
    off = normalise(toe_hold - heel_hold) - foot.pointing
    pointing = normalise(foot.pointing + _ease_offsets(off, turn, flat, motions))
    along = pointing * np.float32(foot.foot_m)
    heel_track, toe_track = _keep_length(heel_track, toe_track, heel_on, toe_on, along, motions)
    # Keeping the length may have pushed the foot into the ground: lift it whole where it swings,
    # and tip it up where its heel is held.
    free = ~(heel_on | toe_on)
    clear = _clearance(free, foot.in_flight, motions)
    lift = np.maximum(
        _missing_height(terrain, heel_track, HEEL_HEIGHT_M + clear, ~free),
        _missing_height(terrain, toe_track, TOE_HEIGHT_M + clear, ~free),
    )
    heel_track, toe_track = _lifted((heel_track, toe_track), lift, free, motions)
    toe_track = _raise_above(foot, toe_track, TOE_HEIGHT_M, toe_on)
    heel_track = _rise_on_toe(foot, heel_track, toe_track, toe_on & ~heel_on)
    along = normalise(toe_track - heel_track) * foot.foot_m
    return heel_track, (heel_track + along).astype(np.float32)


def _clearance(free: Bools, in_flight: Bools, motions: Segments) -> Floats:
    """Height (T,) that a running foot keeps until just before it lands, metres.

    While nothing else carries, a foot that skims the ground at several metres a second reads as a
    slide.
    """
    since = np.minimum(motions.frames_to(~free), _LANDING_FRAMES) / _LANDING_FRAMES
    return np.where(in_flight, _CLEAR_M * since, 0.0).astype(np.float32)


def _close_gaps(flags: Bools, motions: Segments) -> Bools:
    """Contacts interrupted for a few frames are one contact."""
    gaps = motions.spans(~flags)
    within = (gaps.starts > motions.first[gaps.starts]) & (gaps.stops <= motions.last[gaps.starts])
    short = gaps[within & (gaps.lengths < _SHORTEST_GAP_FRAMES)]
    return flags | short.mask(len(flags))


def _ease_offsets(offsets: Floats, speed: Floats, held: Bools, motions: Segments) -> Floats:
    """Offsets (T, 3) known while held, eased in between without a jump in place or speed."""
    gaps = motions.spans(~held)
    opens = gaps.starts == motions.first[gaps.starts]
    closes = gaps.stops > motions.last[gaps.starts]
    # Before the first hold and after the last one, the only neighbour stands for both; where
    # nothing is held there is none, and no offset.
    first = np.where(opens, np.minimum(gaps.stops, motions.last[gaps.starts]), gaps.starts - 1)
    last = np.where(closes, first, gaps.stops)
    span = np.where(opens | closes, motions.lengths_of(gaps.starts), last - first)
    known = ~(opens & closes)[:, None]
    begin, end = offsets[first] * known, offsets[last] * known
    # The held foot has no speed, the animation has: cancel it at both ends only.
    leaving, coming = speed[first] * ~opens[:, None], speed[last] * ~closes[:, None] * known
    frames, owner = gaps.frames, gaps.owner
    since, until, span = frames - first[owner], last[owner] - frames, span[owner]
    u = np.minimum(np.maximum(since / span, 0.0), 1.0)
    blend = (u * u * u * (u * (6 * u - 15) + 10))[:, None]
    between = begin[owner] + blend * (end - begin)[owner]
    between -= _decay(since, span)[:, None] * leaving[owner]
    between += _decay(until, span)[:, None] * coming[owner]
    eased = offsets.copy()
    eased[frames] = between
    return eased


def _decay(frames: Ints, span: Ints) -> Floats:
    """A bump with unit slope at 0 that is gone after the ease, in frames."""
    ease = np.minimum(_EASE_FRAMES, span)
    u = np.minimum(frames / ease, 1.0)
    return np.asarray(ease * u * (1 - u) ** 2)


def _raise_above(foot: _Foot, track: Floats, height_m: float, held: Bools) -> Floats:
    """Lift a swinging joint over the ground, beginning before the obstacle and ending after it."""
    deficit = _missing_height(foot.terrain, track, height_m, held)
    if not isinstance(foot.terrain, FlatTerrain):  # tip and heel's edge pass over edges as well
        reach_m = TIP_AHEAD_M if height_m == TOE_HEIGHT_M else -HEEL_BACK_M
        outer = track + np.float32(reach_m) * normalise(foot.pointing * _LEVEL)
        deficit = np.maximum(deficit, _missing_height(foot.terrain, outer, height_m, held))
    return _lifted((track,), deficit, ~held, foot.motions)[0]


def _missing_height(
    terrain: Terrain, track: Floats, height_m: float | Floats, held: Bools
) -> Floats:
    """How far a joint (T,) is too low where it is not held."""
    lowest = terrain.heights(track[:, [0, 2]]) + height_m
    return np.where(held, 0.0, np.maximum(lowest - track[:, 1], 0.0))


def _lifted(
    tracks: tuple[Floats, ...], deficit: Floats, free: Bools, motions: Segments
) -> tuple[Floats, ...]:
    """Tracks (T, 3) raised by at least their deficit (T,), smoothly, in free frames alone."""
    if not deficit.any():
        return tracks
    smooth = motions.smooth(motions.running_maximum(deficit, 3), 1.5)
    lift = np.maximum(np.where(free, smooth, 0.0), deficit)
    raised = tuple(track.copy() for track in tracks)
    for track in raised:
        track[:, 1] += lift
    return raised


def _keep_length(
    heel: Floats, toe: Floats, heel_on: Bools, toe_on: Bools, along: Floats, motions: Segments
) -> tuple[Floats, Floats]:
    """The joint that carries keeps its place, the other one lies ``along`` (T, 3) the foot."""
    distance = np.minimum(motions.frames_to(toe_on), _EASE_FRAMES).astype(np.float32)
    weight = np.where(heel_on & ~toe_on, 0.0, 1.0 - distance / _EASE_FRAMES)[:, None]
    heel_final = (1 - weight) * heel + weight * (toe - along)
    return heel_final.astype(np.float32), (heel_final + along).astype(np.float32)


def _rise_on_toe(foot: _Foot, heel: Floats, toe: Floats, on_toe: Bools) -> Floats:
    """Where only the toe holds and the leg is too short, tip the foot over the toe.

    The heel moves on the circle around the toe to where the leg just reaches it.
    """
    thigh, reach = foot.thigh, foot.comfortable
    too_far = on_toe & (length(heel - thigh) > reach)
    at = np.flatnonzero(too_far)
    rise = np.zeros_like(heel)
    rise[at] = _tip(thigh[at], heel[at], toe[at], reach[at]) - heel[at]
    _soften_rise(rise, foot.motions.spans(on_toe), foot.motions)
    return np.asarray(heel + rise, np.float32)


def _tip(thigh: Floats, heel: Floats, toe: Floats, reach: Floats) -> Floats:
    """Heels (K, 3) on the circle around the toe, where the leg just reaches them."""
    foot_m, distance = length(heel - toe), length(thigh - toe)
    upward = normalise(thigh - toe)
    behind = heel - toe
    behind = normalise(behind - dot(behind, upward)[:, None] * upward)
    cosine = (foot_m**2 + distance**2 - reach**2) / np.maximum(2 * foot_m * distance, 1e-9)
    cosine = np.clip(cosine, -1.0, 1.0)[:, None]
    return np.asarray(toe + foot_m[:, None] * (cosine * upward + np.sqrt(1 - cosine**2) * behind))


def _soften_rise(rise: Floats, spans: Spans, motions: Segments) -> None:
    """Let the heel go up and, let go in the middle of it, come down over a moment, not at once."""
    near = spans.starts[1:] < spans.stops[:-1] + _EASE_FRAMES
    for group in turns(np.concatenate(([False], near))[: len(spans)]):
        starts, stops = spans.starts[group], spans.stops[group]
        up = Spans(starts, np.minimum(starts + _EASE_FRAMES, stops))
        share = (up.frames - starts[up.owner] + 1) / (_EASE_FRAMES + 1)
        rise[up.frames] *= (share * share * (3 - 2 * share))[:, None]
        ends = np.minimum(stops + _EASE_FRAMES, motions.last[starts] + 1)
        down = Spans(stops, ends)
        left = 1 - (down.frames - stops[down.owner] + 1) / (_EASE_FRAMES + 1)
        rise[down.frames] += (left * left * (3 - 2 * left))[:, None] * rise[stops - 1][down.owner]


def _comfortable_reach(thigh: Floats, heel: Floats, reach: float) -> Floats:
    """How far (T,) a leg is stretched at the end of a step: as far as the animation does.

    Near full stretch a knee snaps: the last half percent of reach straightens it by centimetres.
    """
    asked = length(heel - thigh)
    return np.asarray(np.clip(asked, _RELAXED * reach, reach), np.float32)


def _missing_reach(thigh: Floats, heel: Floats, reach: float) -> Floats:
    """How far the hips must sink (T,) for a leg of that reach."""
    across = length((heel - thigh)[:, [0, 2]])
    down = np.sqrt(np.maximum(reach**2 - across**2, 0.0))
    return np.asarray(np.maximum(thigh[:, 1] - heel[:, 1] - down, 0.0))


def _persons_sole(skeleton: Skeleton, leg: _Leg) -> Sole:
    """The edge of the heel, the ball and the tip, on the level that a foot stands on."""
    ball = skeleton.offsets[leg.toe]
    ahead = float(ball[2])
    points = [[0.0, -HEEL_HEIGHT_M, z] for z in (-HEEL_BACK_M, ahead, ahead + TIP_AHEAD_M)]
    shares = np.array([0.0, 0.0, 1.0], np.float32)
    return Sole(np.array(points, np.float32), shares, ball, FORWARD, LEFTWARD)


def _pose_foot(
    skeleton: Skeleton, leg: _Leg, rotations: Floats, track: tuple[Floats, Floats]
) -> FootPose:
    """The foot turned the shortest way onto its tracks, its toes with it."""
    heel, toe = track
    pointing = quaternion_rotate(rotations[:, leg.heel], skeleton.offsets[leg.toe])
    turn = rotation_between(pointing, toe - heel)
    foot, toes = (quaternion_multiply(turn, rotations[:, j]) for j in (leg.heel, leg.toe))
    return FootPose(heel, foot, toes)


def _reach_foot(
    skeleton: Skeleton, leg: _Leg, positions: Floats, rotations: Floats, foot: FootPose
) -> tuple[Floats, Floats, Floats, Floats]:
    """Local rotations of thigh, shin, foot and toes with which the foot is as it shall be."""
    thigh_at, shin_at, heel_at = (positions[:, j] for j in (leg.thigh, leg.shin, leg.heel))
    forward = quaternion_rotate(rotations[:, leg.thigh], np.array([0, 0, 1], np.float32))
    knee = shin_at - 0.5 * (thigh_at + heel_at)
    # A nearly straight leg gives no bend direction; the thigh's front then decides.
    pole = knee + 0.03 * forward
    thigh_turn, shin_turn = solve_two_bone(thigh_at, shin_at, heel_at, foot.ankle, pole)
    thigh = quaternion_multiply(thigh_turn, rotations[:, leg.thigh])
    shin = quaternion_multiply(shin_turn, rotations[:, leg.shin])
    hips = rotations[:, skeleton.parents[leg.thigh]]
    return (
        quaternion_multiply(quaternion_conjugate(hips), thigh),
        quaternion_multiply(quaternion_conjugate(thigh), shin),
        quaternion_multiply(quaternion_conjugate(shin), foot.foot),
        quaternion_multiply(quaternion_conjugate(foot.foot), foot.toe),
    )
