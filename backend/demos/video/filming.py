"""The video demo's film: somebody dances in a room, before a camera on a stand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from backend.rigs.filmed.cameras import CameraPlan, Held
from backend.rigs.filmed.people import Figure, add_figure
from backend.rigs.filmed.scenery import Scenery, add_scenery
from backend.rigs.filmed.shooting import RenderedTruth, Setting, film_cast, save_film
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.core.gesture.settings import GestureMode, GestureSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.video.points import JOINTS

from ..stage import write_music

FRAME_RATE: Final = 24
FIRST_FRAME: Final = 1
SIZE_PX: Final = (360, 440)
_LEAD_IN_S: Final = 1.0
"""Of the music, before the film begins: the dancer is under way then."""
_DANCER: Final = Figure(
    17,
    {"sex": 0.0, "age_years": 29.0, "weight": -0.1, "ancestry": (0.0, 0.2, 0.8), "height_m": 1.68,
     "hair": "ponytail", "hair_colour": (0.13, 0.036, 0.014), "shirt": "t-shirt",
     "shirt_colour": (0.42, 0.05, 0.10), "trousers": "leggings",
     "trousers_colour": (0.03, 0.035, 0.05), "shoes": "trainers"},
)  # fmt: skip
_SETTING: Final = Setting(
    camera=CameraPlan(Held.FIXED, azimuth_deg=24.0, elevation_deg=5.0, distance_m=4.3, lens_mm=62),
    scenery=Scenery(seed=25, ground="plain", wall="plain", light="paint"),
    size_px=SIZE_PX,
)


def film_dancer(folder: Path, film: Path, models: ModelChoice, seconds: float) -> RenderedTruth:
    """Let somebody dance to music made in code, and film it.

    Args:
        folder: where the music lies for a moment.
        film: the .mp4 to write.
        models: where the model lies that dances.
        seconds: how long.

    Returns:
        Where the dancer's joints and the camera are.

    Raises:
        NeuralMotionError: the model is missing, or the film could not be rendered.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_set(FIRST_FRAME)
    cast = add_figure(context, _DANCER)
    music, _, _ = write_music(folder / "music.wav")
    lead_in = round(_LEAD_IN_S * FRAME_RATE)
    choice = GestureChoice(
        cast.armature, GestureMode.DANCE, SoundChoice("FILE", path=str(music)),
        start_frame=FIRST_FRAME - lead_in, settings=GestureSettings(travel=False), seed=5,
    )  # fmt: skip
    job = gesture_scene.read(context, choice, models)
    gesture_scene.write(context, job, job.run().result)
    stage = film_cast(context, cast, max(round(seconds * FRAME_RATE), 2), _SETTING)
    save_film(stage, film)
    music.unlink()
    film.with_suffix(".npz").unlink()
    return stage.truth


def leg_length_m(filmed: RenderedTruth) -> float:
    """From the hip over the knee to the ankle."""
    leg = [filmed.positions_m[0, JOINTS.index(f"Left{name}")] for name in ("UpLeg", "Leg", "Foot")]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(leg)))


def stand_like(rig: bpy.types.Object, filmed: RenderedTruth) -> None:
    """Put a rig where the dancer begins, so that the same camera shows both alike."""
    left, right = (filmed.positions_m[0, JOINTS.index(f"{s}UpLeg")] for s in ("Left", "Right"))
    x, y, _ = 0.5 * (left + right)
    across = left - right
    rig.location = (float(x), float(y), 0.0)
    rig.rotation_euler = (0.0, 0.0, float(np.arctan2(across[1], across[0])))


def set_camera(context: bpy.types.Context, filmed: RenderedTruth) -> None:
    """Look at the rig as the film's camera looked at the dancer, in another room."""
    scene = context.scene
    data = bpy.data.cameras.new("Camera")
    data.lens, data.sensor_width = filmed.lens_mm, filmed.sensor_mm
    camera = bpy.data.objects.new("Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.matrix_world = Matrix(filmed.camera_to_world[0].tolist())
    middle = 0.5 * (filmed.positions_m.min(axis=1) + filmed.positions_m.max(axis=1))
    scenery = Scenery(seed=253, ground="checks", light="paint")
    add_scenery(context, scenery, filmed.size_px, middle, filmed.camera_to_world[:, :3, 3])
    scene.frame_start = FIRST_FRAME
    scene.frame_end = FIRST_FRAME + len(filmed.positions_m) - 1
    scene.frame_set(FIRST_FRAME)
