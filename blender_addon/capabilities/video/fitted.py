"""Brings what a film shows of a person onto a character, at its size, place and frame rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.cleared import clear_of_body
from ...blender.rig.pose import GroundTrack
from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.standing import StandingPlace
from ...core.conventions import Floats
from ...core.ground.terrain import ScaledTerrain, Terrain
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
from ...core.motion.resample import sample_clip
from ...core.motion.skeleton import Skeleton
from ...core.retarget.arms import AS_SHOWN
from ...core.retarget.body_shape import Girth
from ...core.retarget.clip import retarget_clip
from ...core.retarget.feet import leg_length
from ...core.video.camera import FilmCamera
from ...core.video.fitting.body import Body
from ...core.video.request import FittedBody, VideoResult

Array = NDArray[np.float64]
_STEADY_S: Final = 0.5
"""The root goes along with the body, without its every sway."""
_SLACK_M: Final = 0.03
"""Rather where the film shows hands than surely out of a body that is guessed to be round."""


@dataclass(frozen=True, eq=False)
class Target:
    """Whom the motion is brought to, and where.

    Args:
        rig: whose motion it will be.
        scale: size of the character against a person's.
        pictures: (K,) which picture each frame shows, counted from the first.
        frame_rate_hz: at which the K frames are played.
        stands: where the motion begins; None for where the fit says.
        ground: under the character, in the world.
        on_ground: feet are brought onto it.
        girth: how thick the character is; None for as people are.
    """

    rig: RigSkeleton
    scale: float
    pictures: Array
    frame_rate_hz: float
    stands: StandingPlace | None
    ground: Terrain
    on_ground: bool
    girth: Girth | None = None


def bring_to_rig(
    to: Target, result: VideoResult, progress: Progress
) -> tuple[MotionClip, GroundTrack, Array]:
    """The motion on a character.

    It is worked out at a person's size, as what is near or slow there is so for a person.

    Args:
        to: whom.
        result: what a pipeline gave, of a skeleton of any size.
        progress: of this part.

    Returns:
        K frames of the character's skeleton and of its root on the ground, and (K, 14, 3) the
        joints as the film shows them; all in the world.
    """
    clip = _at_persons_size(result.fitted.clip)
    if to.stands is not None:
        clip = _placed(clip, to.stands, to.scale, _first_known(result.fitted))
    source = sample_clip(clip, to.pictures, to.frame_rate_hz)
    progress(0.2)
    sized = ScaledTerrain(to.ground, 1.0 / to.scale)
    moved = retarget_clip(
        source,
        to.rig.skeleton.scaled(1.0 / to.scale),
        to.rig.joint_map,
        terrain=sized if to.on_ground else None,
        arms=AS_SHOWN,
    )
    progress(0.8)
    roots = np.float32(to.scale) * moved.root_positions
    moved = replace(moved, skeleton=to.rig.skeleton, root_positions=roots)
    arms = np.ones((moved.frame_count, 2), np.float32)
    turns = clear_of_body(to.rig, moved, arms, to.girth, _SLACK_M)
    moved = replace(moved, rotations_wxyz=make_continuous(turns))
    joints = Body(COMMON_SKELETON).joints(source.root_positions, source.rotations_wxyz)
    track = _track(source, sized, to.scale)
    progress(1.0)
    return moved, track, to.scale * joints


def size_against_person(skeleton: Skeleton, joint_map: Mapping[str, str] | None = None) -> float:
    """Length of a skeleton's legs against a person's.

    Args:
        skeleton: with legs.
        joint_map: common name by joint name; None if the joints have the common names.
    """
    person = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
    names = joint_map or {name: name for name in skeleton.names}
    joints = {common: skeleton.index(name) for name, common in names.items()}
    return leg_length(skeleton, joints) / leg_length(COMMON_SKELETON, person)


def _at_persons_size(clip: MotionClip) -> MotionClip:
    size = size_against_person(clip.skeleton)
    return replace(
        clip, skeleton=COMMON_SKELETON, root_positions=clip.root_positions / np.float32(size)
    )


def _first_known(fitted: FittedBody) -> int:
    """The first frame that is not filled in."""
    known = np.flatnonzero(~np.asarray(fitted.guessed))
    return int(known[0]) if len(known) else 0


def _placed(clip: MotionClip, stands: StandingPlace, scale: float, first: int) -> MotionClip:
    """The clip turned and moved so that its frame ``first`` is where the character stands."""
    turn, pivot, place = _placing(clip, stands, scale, first)
    roots = quaternion_rotate(turn, clip.root_positions - pivot) + place
    turns = clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
    return replace(clip, root_positions=roots, rotations_wxyz=turns)


def _placing(
    clip: MotionClip, stands: StandingPlace, scale: float, first: int
) -> tuple[Floats, Floats, Floats]:
    """How a clip is turned about a place on the ground, and where that place comes to lie."""
    ahead = quaternion_rotate(clip.rotations_wxyz[first, 0], np.array([0.0, 0.0, 1.0], np.float32))
    heading = float(np.arctan2(ahead[0], ahead[2]))
    turn = heading_to_quaternion(stands.heading_rad - heading).astype(np.float32)
    pivot = clip.root_positions[first] * np.array([1.0, 0.0, 1.0], np.float32)
    return turn, pivot, (stands.place_m / scale).astype(np.float32)


def camera_in_scene(fitted: FittedBody, stands: StandingPlace | None, scale: float) -> FilmCamera:
    """The film's camera where it sees the character as the film shows the person.

    Args:
        fitted: what a pipeline gave.
        stands: where the motion begins; None for where the fit says.
        scale: size of the character against a person's.
    """
    camera, size = fitted.camera, size_against_person(fitted.clip.skeleton)
    places, turns = camera.positions_m / size, camera.rotations
    if stands is not None:
        clip = _at_persons_size(fitted.clip)
        turn, pivot, place = _placing(clip, stands, scale, _first_known(fitted))
        places = quaternion_rotate(turn, places - pivot) + place
        columns = np.swapaxes(turns, -1, -2)
        turns = np.swapaxes(quaternion_rotate(turn, columns), -1, -2)
    return replace(camera, positions_m=scale * places, rotations=turns)


def _track(source: MotionClip, ground: Terrain, scale: float) -> GroundTrack:
    """Where the hips are over the ground and look, without their every sway."""
    hips = source.rotations_wxyz[:, 0]
    ahead = quaternion_rotate(hips, np.array([0.0, 0.0, 1.0], np.float32))
    headings = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]).astype(np.float64))
    columns = np.column_stack((source.root_positions[:, [0, 2]].astype(np.float64), headings))
    columns = gaussian_smooth(columns, _STEADY_S * source.frame_rate_hz, keep_ends=True)
    heights = np.nan_to_num(np.asarray(ground.heights(columns[:, :2]), np.float64))
    positions = scale * np.stack((columns[:, 0], heights, columns[:, 1]), axis=-1)
    return GroundTrack(positions, columns[:, 2])
