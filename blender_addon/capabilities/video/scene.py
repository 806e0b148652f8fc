"""Lets a character do what a person in a film does: read the scene, write the keys.

``read`` and ``write`` belong on the main thread; ``VideoJob.run`` between them touches no Blender
data, and asks the film of the job for pictures, which the main thread serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.film.opening import SceneFilm, open_film
from ...blender.ground.terrain import meshes_of, read_area
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.rig.body import with_body
from ...blender.rig.girth import read_girth
from ...blender.rig.skeleton import RigSkeleton, read_skeleton
from ...blender.rig.soles import with_soles
from ...blender.rig.standing import StandingPlace, read_standing_place
from ...blender.timeline import animation_frame, animation_rate_of
from ...core.errors import SettingsError
from ...core.film.feed import FilmFeed
from ...core.ground.terrain import FlatTerrain, Terrain
from ...core.inference.choice import ModelChoice
from ...core.notes import Note
from ...core.video.request import CameraChoice, TrackRequest
from ...core.video.settings import CameraKind
from ...core.video.tracked import PersonChoice, Pin
from .checks import check_settings, told_of_choice
from .choice import At, VideoChoice
from .fitted import size_against_person
from .job import VideoJob, fit_request
from .scene_camera import read_camera
from .writing import CAPABILITY, WrittenVideo, write

__all__ = ["CAPABILITY", "WrittenVideo", "read", "write"]

Array = NDArray[np.float64]
_LONGEST_KEYS: Final = 400_000
"""Frames that get keys; a result of more is of no use to anybody."""


def read(
    context: bpy.types.Context, choice: VideoChoice, models: ModelChoice | None = None
) -> VideoJob:
    """Read rig, film and camera from the scene, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choice: what the user chose.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    check_settings(choice)
    rig = with_body(context, with_soles(context, read_skeleton(context, choice.armature)))
    film = open_film(context.scene, choice.film)
    part = film.part(choice.film.frame_range)
    timing = _timing(context.scene, film, part)
    camera, told = _camera(context, choice, film, part, timing)
    stands = None
    if choice.at is At.CHARACTER:
        stands = read_standing_place(context, choice.armature, rig, timing.frames[0])
    ground, terrain, about = _ground(context, choice, rig, stands)
    size = film.reader.facts.size_px
    person = choice.person
    return VideoJob(
        rig=rig,
        film=FilmFeed(film.reader),
        film_key=film.key,
        track=TrackRequest(
            first=part[0],
            last=part[1],
            person=None
            if person is None
            else PersonChoice(_inside(person.frame, part), _px(person.x, person.y, size)),
            quality=choice.quality,
        ),
        fit=fit_request(rig, camera, choice.settings, _pins(choice, part, size), terrain),
        frames=timing.frames,
        pictures=timing.pictures,
        frame_rate_hz=animation_rate_of(context.scene),
        stands=stands,
        ground=ground,
        girth=read_girth(context, rig),
        root_motion=choice.root_motion,
        limbs=choice.limbs,
        fingers=choice.fingers,
        empties=choice.empties,
        models=models or ModelChoice(),
        notes=(*rig.warnings, *film.notes, *told_of_choice(choice, part), *told, *about),
    )


@dataclass(frozen=True, eq=False)
class _Timing:
    """Which frames show which pictures.

    Args:
        frames: (K,) whole frames of animation.
        pictures: (K,) the picture that each shows, counted from the first of the part.
        shown: (T,) frames of animation on which the pictures of the part are shown.
    """

    frames: Array
    pictures: Array
    shown: Array


def _timing(scene: bpy.types.Scene, film: SceneFilm, part: tuple[int, int]) -> _Timing:
    """Frames of animation that get keys, and when each picture is shown.

    Raises:
        SettingsError: they lie beyond what Blender can count.
    """
    stretch = animation_frame(scene, MAX_FRAME) / MAX_FRAME
    numbers = np.arange(part[0], part[1] + 1, dtype=np.float64)
    shown = stretch * (film.start_frame + numbers * film.frames_per_picture)
    first, last = np.ceil(shown[0] - 1e-6), np.floor(shown[-1] + 1e-6)
    if last <= first:
        raise SettingsError(
            f"the film lasts from frame {shown[0]:.1f} to {shown[-1]:.1f}, which is no two frames "
            "of the scene. Choose a longer part, or a higher frame rate"
        )
    if last > MAX_FRAME or first < -MAX_FRAME:
        raise SettingsError(
            f"the motion would lie from frame {first:.0f} to {last:.0f}; Blender counts to "
            f"{MAX_FRAME}. Choose a part of the film"
        )
    if last - first > _LONGEST_KEYS:
        raise SettingsError(
            f"the motion would have {last - first:.0f} frames; {_LONGEST_KEYS} are the most at a "
            "time. Choose a part of the film, from one frame to another"
        )
    frames = np.arange(first, last + 1.0)
    pictures = (frames - shown[0]) / (shown[1] - shown[0])
    return _Timing(frames, pictures, shown)


def _camera(
    context: bpy.types.Context,
    choice: VideoChoice,
    film: SceneFilm,
    part: tuple[int, int],
    timing: _Timing,
) -> tuple[CameraChoice, tuple[str, ...]]:
    if choice.camera_kind is not CameraKind.SCENE:
        return CameraChoice(kind=choice.camera_kind, typed=choice.camera), ()
    size = film.reader.facts.size_px
    known, told = read_camera(context, choice.scene_camera, timing.shown, size)
    return CameraChoice(kind=CameraKind.SCENE, known=known), told


def _ground(
    context: bpy.types.Context,
    choice: VideoChoice,
    rig: RigSkeleton,
    stands: StandingPlace | None,
) -> tuple[Terrain, Terrain | None, tuple[str, ...]]:
    """The ground under the character, that in front of the camera, and what is good to know.

    Raises:
        TerrainError: the chosen mesh is no ground.
    """
    level = FlatTerrain(0.0 if stands is None else float(stands.place_m[1]))
    meshes = meshes_of(choice.ground, None, choice.armature)
    if not meshes:
        return level, None, ()
    if stands is not None or choice.camera_kind is not CameraKind.SCENE:
        return (
            level,
            None,
            (
                Note(
                    "the ground is level: a mesh counts where a camera of the scene took the film "
                    "and the motion happens in front of it"
                ),
            ),
        )
    middle = np.mean([each.matrix_world.translation for each in meshes], axis=0)
    place = np.array([middle[0], -middle[1]]) * rig.unit_m
    size = size_against_person(rig.skeleton, rig.joint_map)
    area = read_area(context, meshes, place, size=size)
    return area, area, ()


def _pins(choice: VideoChoice, part: tuple[int, int], size: tuple[int, int]) -> tuple[Pin, ...]:
    """Those that lie in the part."""
    return tuple(
        Pin(each.frame, each.joint, _px(each.x, each.y, size))
        for each in choice.pins
        if part[0] <= each.frame <= part[1]
    )


def _inside(frame: int, part: tuple[int, int]) -> int:
    return min(max(frame, part[0]), part[1])


def _px(x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    return x * size[0], y * size[1]
