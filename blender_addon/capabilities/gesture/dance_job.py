"""Brings a dance onto a character where it stands; without Blender data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.cleared import clear_of_body
from ...blender.rig.pose import GroundTrack, RootMotion
from ...blender.rig.skeleton import RigSkeleton
from ...core.conventions import Floats
from ...core.gesture.request import DanceResult
from ...core.ground.terrain import FlatTerrain
from ...core.jobs import Progress
from ...core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_multiply,
    quaternion_rotate,
)
from ...core.maths.smoothing import gaussian_smooth
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.motion.resample import resample_clip
from ...core.retarget.body_shape import Girth
from ...core.retarget.clip import retarget_clip
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ...core.retarget.feet import leg_length

Array = NDArray[np.float64]
_STEADY_S: Final = 0.5
"""The root goes along with the dance, without its every sway."""


@dataclass(frozen=True, eq=False)
class DancePlace:
    """Where a dancer stands, and what of it gets keys.

    Args:
        place_m: (3,) on the ground under the hips, in the world, core axes, metres.
        heading_rad: where it looks.
        root_motion: what carries it along.
        limbs: how the limbs of a control rig get their keys.
        girth: how thick the dancer is; None for as people are.
    """

    place_m: Array
    heading_rad: float
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    girth: Girth | None = None


@dataclass(frozen=True, eq=False)
class Dance:
    """A finished dance, ready to be written.

    Args:
        clip: K frames of the character's skeleton, in the world.
        track: the root on the ground at the same frames.
        scale: size of the character against a person's.
        result: what the pipeline gave.
    """

    clip: MotionClip
    track: GroundTrack
    scale: float
    result: DanceResult


def fit_dance(
    rig: RigSkeleton,
    place: DancePlace,
    result: DanceResult,
    frame_rate_hz: float,
    progress: Progress,
) -> Dance:
    """Bring a dance to a character's size, place and frame rate.

    Args:
        rig: whose it is.
        place: where.
        result: what a pipeline gave: it begins over the origin and faces +Z.
        frame_rate_hz: the scene's.
        progress: of this part.
    """
    scale = _size_of(rig) / _common_size()
    clip = resample_clip(result.clip, frame_rate_hz)
    progress(0.2)
    clip = retarget_clip(
        clip, rig.skeleton.scaled(1.0 / scale), rig.joint_map, terrain=FlatTerrain(0.0)
    )
    progress(0.8)
    clip = replace(
        clip, skeleton=rig.skeleton, root_positions=np.float32(scale) * clip.root_positions
    )
    arms = np.ones((clip.frame_count, 2), np.float32)
    turns = clear_of_body(rig, clip, arms, place.girth)
    clip = replace(clip, rotations_wxyz=make_continuous(turns))
    track = _track(rig, result, clip, frame_rate_hz, scale)
    return Dance(_placed(clip, place), _track_placed(track, place), scale, result)


def _size_of(rig: RigSkeleton) -> float:
    joints = {common: rig.skeleton.index(name) for name, common in rig.joint_map.items()}
    return leg_length(rig.skeleton, joints)


def _common_size() -> float:
    names = COMMON_SKELETON.names
    return leg_length(COMMON_SKELETON, {name: n for n, name in enumerate(names)})


def _track(
    rig: RigSkeleton, result: DanceResult, clip: MotionClip, rate: float, scale: float
) -> GroundTrack:
    """Where the hips are over the ground and look, without their every sway."""
    source = result.clip
    hips = source.rotations_wxyz[:, 0]
    ahead = quaternion_rotate(hips, np.array([0.0, 0.0, 1.0], np.float32))
    headings = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]).astype(np.float64))
    ground = source.root_positions[:, [0, 2]].astype(np.float64)
    columns = np.column_stack((ground, headings))
    columns = gaussian_smooth(columns, _STEADY_S * source.frame_rate_hz, keep_ends=True)
    times = np.arange(clip.frame_count) / rate
    known = np.arange(len(columns)) / source.frame_rate_hz
    x, z, heading = (np.interp(times, known, column) for column in columns.T)
    positions = scale * np.stack((x, np.zeros_like(x), z), axis=-1)
    return GroundTrack(positions, heading)


def _placed(clip: MotionClip, place: DancePlace) -> MotionClip:
    turn = heading_to_quaternion(place.heading_rad).astype(np.float32)
    roots = quaternion_rotate(turn, clip.root_positions) + place.place_m.astype(np.float32)
    turns = clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
    return MotionClip(clip.skeleton, clip.frame_rate_hz, roots, turns, clip.contacts)


def _track_placed(track: GroundTrack, place: DancePlace) -> GroundTrack:
    turn = heading_to_quaternion(place.heading_rad).astype(np.float64)
    positions = quaternion_rotate(turn, track.positions) + place.place_m
    return GroundTrack(positions, track.headings_rad + place.heading_rad)


def loudness_at(loudness: Floats, count: int) -> Floats:
    """(count,) loudness, as long as it is asked for."""
    if len(loudness) >= count:
        return loudness[:count]
    return np.concatenate((loudness, np.zeros(count - len(loudness), loudness.dtype)))
