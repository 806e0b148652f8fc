"""From what the network said to a clip at the animal's own size and at 60 Hz of true time.

The trunk follows its feet: each end of it goes up and down with the prints of its own two paws, and
sinks a little where a leg would be too short for a print. The legs then reach for the paws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import FORWARD, LEFTWARD, MODEL_FRAME_RATE_HZ, UP, Bools, Floats
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    length,
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
    wrap_angle,
)
from ..maths.segments import Segments
from ..motion.clip import MotionClip
from .body import MODEL_HIP_HEIGHT_M, QuadrupedBody
from .gaits import ACTIONS, Action
from .leg_rests import LEG_JOINTS
from .legs import SolvedLegs, clip_of_pose, solve_legs, styles_of
from .manner.grazing import graze
from .manner.looking import look_about, look_round
from .paws import Paws, PawTracks, contacts_of, held_values, let_go, shifted, track_paws
from .reach import Reach
from .recording import TRUNK, Pose, Recording, decode, joints_of, share_of_running
from .skeleton import CHEST
from .spot_steps import steps_on_the_spot
from .true_time import TrueTime

_STEADIED: Final = 0.75
"""Part of a galloping trunk's swaying that is taken out."""
_SPEED_FRAMES: Final = 6.0
_FOLLOW_FRAMES: Final = 7.0
_SINK_FRAMES: Final = (5, 4.0)
_DEEPEST_M: Final = 0.05 * MODEL_HIP_HEIGHT_M
_EXACT_M: Final = 0.002
_NEARLY_ALL: Final = 0.25
_SETTLINGS: Final = 4
"""Share of stances in which legs reach at most where a trunk is let down for good; how often."""
_STRAIN_M: Final = 0.003
"""What a leg may lack after the trunk has sunk, until its paw is let go."""
_STEEPEST: Final = 0.6
_NOTED: Final = 0.02
"""Share of the time for which legs must be too short until it is said."""
_SLOPE_M: Final = 0.04
_ENDS: Final = ([0, 2], [1, 3])
"""Feet below hips and chest."""
_FLAT: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class Finished:
    """What became of a recording.

    Args:
        clip: at the animal's own size, 60 Hz of true time.
        notes: what did not go as asked, in the user's words.
    """

    clip: MotionClip
    notes: tuple[str, ...]


def finish(
    recordings: Sequence[Recording], terrain: Terrain, foot_lock: bool = True
) -> list[Finished]:
    """Clips of animals that are on the same ground.

    Args:
        recordings: of each.
        terrain: the ground in the model's world.
        foot_lock: hold paws at their prints; False shows the network's own motion.
    """
    motions = Segments.of(*(len(each.rows) for each in recordings))
    parts = motions.slices()
    small = {id(each.body): each.body.at_model_size() for each in recordings}
    bodies = [small[id(each.body)] for each in recordings]
    pose, scores = decode(recordings, bodies, motions)
    graze(pose, _share_of(Action.EAT.value, recordings), bodies, motions, terrain)
    look_about(pose, _share_of("stand", recordings), motions)
    look_round(pose, _share_of(Action.LOOK.value, recordings), motions)
    paws = _read_paws(pose, scores, bodies, terrain, motions, recordings)
    styles = _styles(pose, bodies, parts)
    lacking = np.zeros((len(scores), 4), np.float32)
    feet = pose.feet
    if foot_lock:
        track = np.concatenate([each.track for each in recordings])
        pose.steady(track, _STEADIED * share_of_running(paws.speeds_m_s))
        tracks, lacking = _lock(pose, paws, Reach.of(bodies, motions))
        feet = _turn_feet(pose, tracks, paws)
    else:
        tracks = PawTracks(paws.paws_m, scores > 0.5, np.zeros((len(scores), 4)))
    posed = _Posed(pose.hips, pose.chest, pose.trunk, feet, styles, tracks)
    true_bodies = [each.body for each in recordings]
    clips = _clips(true_bodies, bodies, posed, parts)
    notes = [
        _notes(body, lacking[part], tracks.held[part])
        for body, part in zip(true_bodies, parts, strict=True)
    ]
    return [Finished(clip, told) for clip, told in zip(clips, notes, strict=True)]


def _same_body(bodies: Sequence[QuadrupedBody]) -> list[list[int]]:
    """Numbers of those who share a body, whose legs are solved at once."""
    groups: dict[int, list[int]] = {}
    for number, body in enumerate(bodies):
        groups.setdefault(id(body), []).append(number)
    return list(groups.values())


def _styles(pose: Pose, bodies: Sequence[QuadrupedBody], parts: Sequence[slice]) -> Floats:
    """(N, 4) style angles of the legs as the network says them."""
    styles = np.empty((len(pose.hips), 4), np.float32)
    for members in _same_body(bodies):
        rows = np.concatenate([np.arange(parts[n].start, parts[n].stop) for n in members])
        turns = pose.trunk[rows][:, [0, CHEST]]
        styles[rows] = styles_of(bodies[members[0]], joints_of(pose, rows), turns)
    return styles


def _share_of(action: str, recordings: Sequence[Recording]) -> Floats:
    """(N,) how much of what the animals are to do is that."""
    number = ACTIONS.index(action)
    return np.concatenate(
        [
            np.zeros(len(each.rows)) if each.actions is None else each.actions[:, number]
            for each in recordings
        ]
    )


def _read_paws(
    pose: Pose,
    scores: Floats,
    bodies: Sequence[QuadrupedBody],
    terrain: Terrain,
    motions: Segments,
    recordings: Sequence[Recording],
) -> Paws:
    standing = np.stack([body.paw_heights_m for body in bodies]).astype(np.float32)
    track = np.concatenate([each.track[:, :2] for each in recordings])
    speeds = length(motions.gradient(track)) * MODEL_FRAME_RATE_HZ
    return Paws(
        pose.legs[:, LEG_JOINTS[:, 3] - TRUNK],
        scores,
        np.repeat(standing, motions.lengths, axis=0),
        motions.smooth(speeds, _SPEED_FRAMES),
        terrain,
        motions,
    )


def _lock(pose: Pose, paws: Paws, reach: Reach) -> tuple[PawTracks, Floats]:
    """Hold paws, with a trunk that follows them; what legs lack (N, 4) for prints in the end."""
    motions = paws.motions
    held = steps_on_the_spot(
        contacts_of(paws), paws.paws_m, paws.speeds_m_s, pose.headings, motions
    )
    tracks = track_paws(paws, held)
    rises = [motions.smooth(tracks.rise_m[:, feet].mean(axis=1), _FOLLOW_FRAMES) for feet in _ENDS]
    if any(rise.any() for rise in rises):
        pose.raise_ends(*rises)
    _settle(pose, tracks, reach, motions)
    lacking = _lacking(pose, tracks, reach)
    if lacking.any():
        pose.raise_ends(*(-_sink(lacking[:, feet].max(axis=1), motions) for feet in _ENDS))
        lacking = _lacking(pose, tracks, reach)
        bad = lacking > _STRAIN_M
        if bad.any():
            tracks = track_paws(paws, let_go(tracks.held, bad, motions))
    return _drawn_in(pose, tracks, reach, motions), lacking


def _settle(pose: Pose, tracks: PawTracks, reach: Reach, motions: Segments) -> None:
    """Let an end of the trunk down for good whose legs are too short nearly all of the time.

    So it is with bodies whose hips are built otherwise than those that the network has seen.
    """
    for _ in range(_SETTLINGS):
        lacking = _lacking(pose, tracks, reach)
        if not lacking.any():
            return
        falls = np.zeros((2, len(lacking)), np.float32)
        for part in motions.slices():
            for fall, feet in zip(falls, _ENDS, strict=True):
                lacks = lacking[part][:, feet][tracks.held[part][:, feet]]
                fall[part] = 0.0 if not len(lacks) else np.quantile(lacks, _NEARLY_ALL)
        if not falls.any():
            return
        pose.raise_ends(*(-falls))


def _sink(lacking: Floats, motions: Segments) -> Floats:
    """(N,) how far an end of the trunk comes down for what its legs lack (N,)."""
    radius, sigma = _SINK_FRAMES
    needed = np.minimum(motions.running_maximum(lacking / _STEEPEST, radius), _DEEPEST_M)
    return motions.smooth(needed, sigma)


def _lacking(pose: Pose, tracks: PawTracks, reach: Reach) -> Floats:
    """(N, 4) metres by which each leg is too short for its print."""
    lacking = reach.lacking(*pose.ends, tracks.paws_m) * tracks.held
    return np.where(lacking > _EXACT_M, lacking, 0.0)


def _drawn_in(pose: Pose, tracks: PawTracks, reach: Reach, motions: Segments) -> PawTracks:
    """Swinging paws no further than legs reach: at the height they have, not up along the leg."""
    ends, turns = pose.ends
    far = reach.lacking_in_air(ends, turns, tracks.paws_m) * ~tracks.held
    frames = np.flatnonzero(far.max(axis=1) > 0.0)
    if not len(frames):
        return tracks
    near = reach.of_frames(frames).drawn_in(ends[frames], turns[frames], tracks.paws_m[frames])
    shift = np.zeros_like(tracks.paws_m)
    shift[frames] = (near - tracks.paws_m[frames]) * ~tracks.held[frames][..., None]
    return shifted(tracks, shift, motions)


def _turn_feet(pose: Pose, tracks: PawTracks, paws: Paws) -> Floats:
    """(N, 4, 4) feet in the world: on a print they keep their heading, and they tilt with it."""
    pointing = quaternion_rotate(pose.feet, np.broadcast_to(FORWARD, (*pose.feet.shape[:-1], 3)))
    off = np.arctan2(pointing[..., 0], pointing[..., 2]) - pose.headings[:, None]
    heading = pose.headings[:, None] + wrap_angle(off)
    heading = held_values(heading, tracks.held, paws.motions)
    pitch = -np.arcsin(np.clip(pointing[..., 1], -1.0, 1.0))
    level = heading_to_quaternion(heading)
    if isinstance(paws.terrain, FlatTerrain):
        return quaternion_multiply(level, axis_angle_to_quaternion(LEFTWARD, pitch))
    places = tracks.paws_m[..., _FLAT]
    rises = [
        (paws.terrain.heights(places + by) - paws.terrain.heights(places - by)) / (2 * _SLOPE_M)
        for by in _SLOPE_M * np.eye(2, dtype=np.float32)
    ]
    up = normalise(np.stack((-rises[0], np.ones_like(rises[0]), -rises[1]), axis=-1))
    slope = rotation_between(np.broadcast_to(UP, up.shape), up.astype(np.float32))
    # The network's pitch has the slope along the heading in it already.
    along = np.arctan(rises[0] * np.sin(heading) + rises[1] * np.cos(heading))
    tilted = quaternion_multiply(level, axis_angle_to_quaternion(LEFTWARD, pitch + along))
    return quaternion_multiply(slope, tilted)


@dataclass(frozen=True, eq=False)
class _Posed:
    """N frames of animals end to end, ready for their legs.

    Args:
        hips, chest: (N, 3).
        trunk: (N, 11, 4).
        feet: (N, 4, 4).
        styles: (N, 4).
        tracks: of their paws.
    """

    hips: Floats
    chest: Floats
    trunk: Floats
    feet: Floats
    styles: Floats
    tracks: PawTracks

    def timed(self, body: QuadrupedBody, part: slice) -> _Timed:
        """One animal's frames at 60 Hz of true time."""
        time = TrueTime.of(part.stop - part.start, body.time_factor)
        held = self.tracks.held[part]
        return _Timed(
            np.stack((time.smooth(self.hips[part]), time.smooth(self.chest[part])), axis=1),
            normalise(time.smooth(make_continuous(self.trunk[part]))),
            time.held(self.tracks.paws_m[part], held),
            time.smooth(self.styles[part]),
            normalise(time.smooth(make_continuous(self.feet[part]))),
            time.all(held),
        )


@dataclass(frozen=True, eq=False)
class _Timed:
    """T frames of an animal.

    Args:
        ends: (T, 2, 3) hips and chest.
        trunk: (T, 11, 4).
        paws: (T, 4, 3).
        styles: (T, 4).
        feet: (T, 4, 4).
        stood: (T, 4).
    """

    ends: Floats
    trunk: Floats
    paws: Floats
    styles: Floats
    feet: Floats
    stood: Bools


def _clips(
    true_bodies: Sequence[QuadrupedBody],
    bodies: Sequence[QuadrupedBody],
    posed: _Posed,
    parts: Sequence[slice],
) -> list[MotionClip]:
    """Each animal's clip at its own size, its paws exactly at their prints."""
    timed = [posed.timed(body, part) for body, part in zip(true_bodies, parts, strict=True)]
    clips: dict[int, MotionClip] = {}
    for members in _same_body(bodies):
        those = [timed[n] for n in members]
        legs = solve_legs(
            bodies[members[0]],
            np.concatenate([each.ends for each in those]),
            np.concatenate([each.trunk[:, [0, CHEST]] for each in those]),
            np.concatenate([each.paws for each in those]),
            np.concatenate([each.styles for each in those]),
            np.concatenate([each.feet for each in those]),
        )
        own = Segments.of(*(len(each.ends) for each in those)).slices()
        for number, each, part in zip(members, those, own, strict=True):
            clips[number] = _clip(true_bodies[number], each, legs.part(part))
    return [clips[number] for number in range(len(bodies))]


def _clip(body: QuadrupedBody, timed: _Timed, legs: SolvedLegs) -> MotionClip:
    hips = timed.ends[:, 0] / body.length_factor
    clip = clip_of_pose(body, hips, timed.trunk, legs, MODEL_FRAME_RATE_HZ, timed.stood)
    return replace(clip, rotations_wxyz=make_continuous(clip.rotations_wxyz))


def _notes(body: QuadrupedBody, lacking: Floats, held: Bools) -> tuple[str, ...]:
    """What is said of legs that were too short."""
    missed = (lacking > _STRAIN_M).any(axis=1)
    if missed.sum() < _NOTED * len(held):
        return ()
    most = float(lacking.max()) / body.length_factor
    note = (
        f"legs were up to {100 * most:.0f} cm too short for the ground or the stride in "
        f"{missed.mean():.0%} of the time; their feet were lifted early there. Choose a gentler "
        "slope, wider turns or another speed"
    )
    return (note,)
