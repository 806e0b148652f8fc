"""Films people: pictures, and for each where the joints and the camera are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.demos.film import render_film as render_movie
from blender_addon.blender.keys.keyframes import rotation_channels, vector_channels, write_action
from blender_addon.core.film.facts import Picture
from blender_addon.core.maths.rotations import quaternion_to_matrix
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.video.camera import SENSOR_MM
from blender_addon.core.video.points import JOINTS

from .acting import FIRST_FRAME, act, show
from .bitmap import rendered
from .cameras import CameraPlan, plan_path
from .people import Cast, Figure, add_figure
from .scenery import Scenery, add_scenery

Array = NDArray[np.float64]

_BODY_MIDDLE: Final = 0.5


@dataclass(frozen=True)
class Passer:
    """Somebody else in the picture.

    Args:
        figure: who.
        clip: what is done, on the common skeleton.
        place_m: where it begins, Blender's x and y; the one who is filmed begins at 0, 0.
    """

    figure: Figure
    clip: MotionClip
    place_m: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How and where somebody is filmed.

    Args:
        camera: how it is held.
        scenery: where.
        size_px: width and height.
        seed: of the camera's shaking.
    """

    camera: CameraPlan = field(default_factory=CameraPlan)
    scenery: Scenery = field(default_factory=Scenery)
    size_px: tuple[int, int] = (384, 384)
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Shot(Setting):
    """A film that is to be made.

    Args:
        clip: what is done: on the common skeleton, feet on the ground, at the film's rate.
        figure: who does it.
        others: who else is there.
    """

    clip: MotionClip
    figure: Figure = field(default_factory=Figure)
    others: Sequence[Passer] = ()


@dataclass(frozen=True, eq=False)
class RenderedTruth:
    """Where everything is in a rendered film, Blender's world.

    Args:
        positions_m: (T, 14, 3) of ``points.JOINTS``.
        camera_to_world: (T, 4, 4) of a camera that looks along its own −Z, +Y up.
        lens_mm: focal length.
        size_px: of the picture.
        fps: pictures a second.
    """

    positions_m: Array
    camera_to_world: Array
    lens_mm: float
    size_px: tuple[int, int]
    fps: float
    sensor_mm: float = SENSOR_MM

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.lens_mm / self.sensor_mm * max(self.size_px)

    def in_camera(self) -> Array:
        """(T, 14, 3) in the camera's axes: x right, y down, z ahead."""
        turn, place = self.camera_to_world[:, :3, :3], self.camera_to_world[:, :3, 3]
        there = np.einsum("tji,tkj->tki", turn, self.positions_m - place[:, None])
        return np.asarray(there * [1.0, -1.0, -1.0])

    def points_px(self) -> Array:
        """(T, 14, 2) in the picture; pixel (0, 0) is the corner of the upper left one."""
        there = self.in_camera()
        middle = 0.5 * np.array(self.size_px)
        return np.asarray(there[..., :2] / there[..., 2:] * self.focal_px + middle)

    def save(self, path: Path) -> None:
        """Write it as a .npz."""
        np.savez(
            path,
            joints=np.array(JOINTS),
            positions_m=self.positions_m.astype(np.float32),
            camera_to_world=self.camera_to_world.astype(np.float32),
            lens_mm=np.float64(self.lens_mm),
            sensor_mm=np.float64(self.sensor_mm),
            fps=np.float64(self.fps),
        )


@dataclass(frozen=True, eq=False)
class Stage:
    """A scene that is ready to be filmed."""

    scene: bpy.types.Scene
    cast: Cast
    truth: RenderedTruth

    @property
    def frame_count(self) -> int:
        """Of the film."""
        return len(self.truth.positions_m)


def set_stage(shot: Shot) -> Stage:
    """Build a shot's scene in a new file.

    Raises:
        InputError: a model has no armature.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    scene, rate = context.scene, shot.clip.frame_rate_hz
    scene.render.fps, scene.render.fps_base = max(round(rate), 1), max(round(rate), 1) / rate
    cast = add_figure(context, shot.figure)
    count = act(cast, shot.clip)
    for other in shot.others:
        act(add_figure(context, other.figure), other.clip, other.place_m)
    return film_cast(context, cast, count, shot)


def film_cast(context: bpy.types.Context, cast: Cast, count: int, shot: Setting) -> Stage:
    """Put somebody who moves already before a camera.

    Args:
        context: whose scene; its rate is the film's.
        cast: who is filmed.
        count: of frames, from frame 1 on.
        shot: camera, scenery, size and seed.
    """
    scene = context.scene
    rate = scene.render.fps / scene.render.fps_base
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + count - 1
    joints = _look_at_joints(context, cast, count)
    body = _BODY_MIDDLE * (joints.min(axis=1) + joints.max(axis=1))
    path = plan_path(shot.camera, body, rate, shot.size_px, shot.seed)
    _add_camera(scene, path.places, path.turns_wxyz, path.lens_mm)
    add_scenery(context, shot.scenery, shot.size_px, body, path.places)
    worlds = np.tile(np.eye(4), (count, 1, 1))
    worlds[:, :3, :3] = quaternion_to_matrix(path.turns_wxyz)
    worlds[:, :3, 3] = path.places
    return Stage(scene, cast, RenderedTruth(joints, worlds, path.lens_mm, shot.size_px, rate))


def _look_at_joints(context: bpy.types.Context, cast: Cast, count: int) -> Array:
    """(T, 14, 3); skin, which costs most of the time, is not deformed meanwhile."""
    skins = [each for each in context.scene.objects if each.type == "MESH"]
    for skin in skins:
        skin.hide_viewport = True
    joints = [cast.joints(show(context, FIRST_FRAME + n)) for n in range(count)]
    for skin in skins:
        skin.hide_viewport = False
    return np.stack(joints)


def _add_camera(scene: bpy.types.Scene, places: Array, turns: Array, lens_mm: float) -> None:
    data = bpy.data.cameras.new("Film Camera")
    data.lens, data.sensor_width, data.sensor_fit = lens_mm, SENSOR_MM, "AUTO"
    data.clip_start, data.clip_end = 0.02, 200.0
    camera = bpy.data.objects.new("Film Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.rotation_mode = "QUATERNION"
    frames = FIRST_FRAME + np.arange(len(places), dtype=np.float64)
    channels = [
        *vector_channels("location", frames, places, "Object Transforms"),
        *rotation_channels("", "QUATERNION", frames, turns, "Object Transforms"),
    ]
    write_action(camera, "Film Camera", channels)


def pictures(stage: Stage, folder: Path) -> Iterator[Picture]:
    """Render the film's pictures one after the other.

    Args:
        stage: a scene that is ready.
        folder: where each lies for a moment.
    """
    return rendered(stage.scene, range(FIRST_FRAME, FIRST_FRAME + stage.frame_count), folder)


def save_film(stage: Stage, film: Path) -> None:
    """Render a stage as .mp4, and its truth as .npz beside it.

    Raises:
        NeuralMotionError: it could not be rendered.
    """
    film.parent.mkdir(parents=True, exist_ok=True)
    render_movie(stage.scene, film)
    stage.truth.save(film.with_suffix(".npz"))
