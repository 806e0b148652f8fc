"""The short film's scene: she comes down two steps, walks up to him, and they talk.

Writes meeting.blend, meeting.mp4 (with sound, by Workbench), meeting.png and meeting.json. The same
scene by Cycles is ``build.py film``. The voices are eSpeak NG's and Piper's.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.core.feet import measures
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics

from .common import about_run, make_files, tell
from .film import has_sound, render_film, use_workbench
from .frames import take_camera
from .meeting_story import FRAME_RATE, HE, SHE, Story, build_story
from .pixels import compose_sheet, render_pixels, save_pixels
from .room.cameras import SHOTS, add_cameras
from .scene import path_points, show_in_viewports
from .shadows import coarsen_shadows

FILES: Final = ("meeting.json", "meeting.blend", "meeting.mp4", "meeting.png")
FILM_SIZE: Final = (640, 360)
_STILL_SIZE: Final = (400, 225)
_STILLS: Final = 3
"""Of each shot."""
_CLOSE: Final = SHOTS[2]


def add_options(_parser: argparse.ArgumentParser) -> None:
    """This demo has no options of its own."""


def run(out: Path, models: ModelChoice | None = None) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.

    Returns:
        What meeting.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice()))
    tell("%s in %s", ", ".join(FILES), out)
    tell("path deviation %.3f m, slip %.1f cm/s, %s",
         report["path_deviation_mean_m"], report["slip_cm_s"], report["provider"])  # fmt: skip
    return report


def make_scene(context: bpy.types.Context, models: ModelChoice) -> Story:
    """An empty file becomes the film's scene, with cameras."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    story = build_story(context, models)
    add_cameras(context.scene)
    seconds = sum(outcome.compute_s for outcome in story.outcomes.values())
    tell("scene built; walk, standing, speech and gaze of both took %.1f s", seconds)
    return story


def save_scene(file: Path) -> None:
    """Save it so that it can be moved anywhere, and opens on the camera's picture."""
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()
    bpy.ops.wm.save_as_mainfile(filepath=str(file), check_existing=False, compress=True)


def _make(folder: Path, models: ModelChoice) -> dict[str, Any]:
    context = bpy.context
    story = make_scene(context, models)
    scene = context.scene
    use_workbench(scene, *FILM_SIZE)
    scene.display.shading.shadow_intensity = 0.3
    save_scene(folder / "meeting.blend")
    tell("scene saved; the film takes a while")
    coarsen_shadows(scene)
    _hide_hulls(scene)
    render_film(scene, folder / "meeting.mp4", sound=True)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    _write_sheet(scene, folder / "meeting.png")
    return {**measure(story), **about_run(story.outcomes["walk"])}


def _hide_hulls(scene: bpy.types.Scene) -> None:
    """From the close-ups on, in which they would be seen, and faces want no hard shadows."""
    for name in (SHE, HE):
        hulls = scene.objects[f"{name} Shadow"]
        for frame, hidden in ((1, False), (_CLOSE.first, True)):
            hulls.hide_render = hidden
            hulls.keyframe_insert("hide_render", frame=frame)


def _write_sheet(scene: bpy.types.Scene, out: Path) -> None:
    """A row of stills for each camera."""
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "FXAA"
    stills = []
    for shot in SHOTS:
        for frame in np.linspace(shot.first, shot.last, _STILLS).astype(int):
            take_camera(scene, int(frame))
            label = f" {shot.name}   {(frame - 1) / FRAME_RATE:.1f} s"
            stills.append(render_pixels(scene, out.with_name(f"still_{frame}.png"), label))
    save_pixels(compose_sheet(stills, _STILLS), out)


def measure(story: Story) -> dict[str, Any]:
    """How well she walks, at 60 Hz, and what the two do with eyes and lips."""
    job, walk = story.job, story.walk
    clip, rate = walk.result.clip, walk.result.clip.frame_rate_hz
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = walk.scale * places[:, clip.skeleton.indices(FOOT_JOINTS)]
    ground = job.terrain.heights(feet[..., [0, 2]])
    heights = measures.heights_over_ground(feet, ground, walk.scale * PLANTED_HEIGHTS_M)
    root = walk.scale * walk.result.root_track[:, :2]
    strayed = measures.path_deviation(root, path_points(job.path), rate)
    sunk = measures.penetration(heights)
    gazes = story.outcomes["gaze"].result.characters
    return {
        "frames": bpy.context.scene.frame_end,
        "fps": FRAME_RATE,
        "path_deviation_mean_m": round(strayed.mean_m, 4),
        "path_completed": strayed.completed(),
        "slip_cm_s": round(100 * measures.slip_speed(feet, heights, rate).mean, 3),
        "penetration_max_cm": round(100 * sunk.largest, 3),
        "characters": {
            name: {
                "blinks": len(gaze.result.blink_times_s),
                "partner_share": round(_share(gaze.result.fixations), 3),
                "largest_jaw_open": round(_jaw(story, name), 3),
            }
            for name, gaze in zip((SHE, HE), gazes, strict=True)
        },
        "shots": {shot.name: [shot.first, shot.last] for shot in SHOTS},
        "blender": bpy.app.version_string,
    }


def _share(seen: Any) -> float:
    """Of the time, with the eyes on the other."""
    return float(seen.duration_s[seen.target == 0].sum() / seen.duration_s.sum())


def _jaw(story: Story, name: str) -> float:
    clip = story.outcomes[f"{name} speaks"].result.result.clip
    return float(clip.weights[:, clip.channels.index("jawOpen")].max())
