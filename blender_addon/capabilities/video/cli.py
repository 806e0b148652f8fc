"""``blender -b scene.blend --command neural_motion video …``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import bpy

from ...blender.film.named import film_named
from ...blender.keys.density import KeyDensity
from ...blender.keys.options import DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.rig.pose import RootMotion
from ...cli.common import (
    Report,
    add_file_options,
    add_key_options,
    add_settings,
    choose_models,
    find_object,
    frame_range,
    key_options,
    settings_of,
)
from ...core.errors import SettingsError
from ...core.jobs import Progress
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbMode, LimbModes
from ...core.video.settings import (
    CameraKind,
    CameraSettings,
    DetailSettings,
    FitSettings,
    Quality,
)
from . import scene as video_scene
from .choice import At, PersonPick, VideoChoice
from .told import describe, told_of


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a character do what a person in a film does, and say what was done."""
    context, options = bpy.context, _options(chosen)
    choice = _choice(context.scene, chosen)
    job = video_scene.read(context, choice, choose_models(context, chosen))
    outcome = job.run(progress)
    motion = outcome.result
    written = video_scene.write(context, job, motion, options)
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    return Report(
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame}, "
        f"{describe(job, motion)}, {keys}{outcome.describe()}",
        (*told_of(job, motion), *written.notes),
        (written.action_name,),
        (written.first_frame, written.last_frame),
        outcome.providers,
    )


def _options(chosen: argparse.Namespace) -> ResultOptions:
    kind = ResultKind.STRIP if chosen.result == "strip" else ResultKind.ACTION
    options = key_options(chosen, DEFAULT_RESULT)
    return replace(options, kind=kind, replace_last=not chosen.keep_last)


def _choice(scene: bpy.types.Scene, chosen: argparse.Namespace) -> VideoChoice:
    film = film_named(scene, chosen.film)
    start = scene.frame_current if chosen.frame is None else chosen.frame
    rate = chosen.film_rate or 0.0
    if not 0.0 <= rate <= 1000.0:
        raise SettingsError(f"--film-rate is {rate:g}; give 0 to 1000 pictures a second")
    film = replace(film, start_frame=start, frame_range=chosen.range, sequence_rate_hz=rate)
    return VideoChoice(
        armature=find_object(chosen.rig, "ARMATURE"),
        film=film,
        person=chosen.person,
        quality=Quality(chosen.quality.upper()),
        camera_kind=_camera_kind(chosen),
        camera=CameraSettings(**settings_of(chosen, CameraSettings)),
        scene_camera=find_object(chosen.camera, "CAMERA") if chosen.camera else None,
        ground=find_object(chosen.ground_mesh, "MESH") if chosen.ground_mesh else None,
        settings=FitSettings(**settings_of(chosen, FitSettings)),
        at=At(chosen.at.upper()),
        root_motion=RootMotion(chosen.root_motion.upper()),
        limbs=LimbModes(LimbMode(chosen.legs.upper()), LimbMode(chosen.arms.upper())),
        fingers=DetailSettings(**settings_of(chosen, DetailSettings)).fingers,
        empties=chosen.empties,
    )


def _camera_kind(chosen: argparse.Namespace) -> CameraKind:
    """Of the scene if it is named, typed if any number of it is, else a guess."""
    typed = {"lens_mm", "height_m", "tilt_deg"} & getattr(chosen, "given", set())
    if chosen.camera and typed:
        raise SettingsError(
            "a camera of the scene brings its own lens, height and tilt: give --camera, or numbers"
        )
    if chosen.camera:
        return CameraKind.SCENE
    return CameraKind.TYPED if typed else CameraKind.GUESS


def person_pick(text: str) -> PersonPick:
    """A point of a picture under which the person is, as in "0.4,0.5" or "0.4,0.5,120"."""
    parts = text.split(",")
    try:
        x, y = float(parts[0]), float(parts[1])
        frame = int(parts[2]) if len(parts) > 2 else 0
    except (ValueError, IndexError):
        x, y, frame = -1.0, -1.0, 0
    if len(parts) > 3 or not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0) or frame < 0:
        raise argparse.ArgumentTypeError(
            "expected X,Y or X,Y,PICTURE, such as 0.4,0.5,120: x and y from 0 to 1 from the left "
            f"and the upper edge; found '{text[:60]}'"
        )
    return PersonPick(frame, x, y)


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``video``."""
    video = commands.add_parser("video", help="let a body do what a person in a film does")
    add = video.add_argument
    add("--rig", "--character", required=True, help="name of the armature")
    add("--film", required=True,
        help="movie file, folder of numbered pictures or one of them, or the name of a strip or a "
        "movie clip; also strip:NAME and clip:NAME")  # fmt: skip
    add("--film-rate", type=float, metavar="HZ", help="of numbered pictures (the scene's)")
    add("--range", type=frame_range, metavar="FIRST:LAST",
        help="only from one frame of the scene to another (all of the film)")  # fmt: skip
    add("--person", type=person_pick, metavar="X,Y[,PICTURE]",
        help="which of several: a point on the person, 0 to 1 from the left and the upper edge of "
        "a picture, counted from 0 (the largest)")  # fmt: skip
    add("--quality", choices=[each.value.lower() for each in Quality], default="full",
        help="which network finds the joints (%(default)s)")  # fmt: skip
    add("--camera", metavar="NAME", help="camera of the scene that took the film (a guess)")
    add_settings(video, CameraSettings, FitSettings, DetailSettings)
    add("--ground-mesh", metavar="NAME", help="mesh that the person stands on (level ground)")
    add("--at", choices=[each.value.lower() for each in At], default="character",
        help="where it happens: where the character stands, or where the camera saw it "
        "(%(default)s)")  # fmt: skip
    add("--root-motion", choices=[each.value.lower() for each in RootMotion], default="bone",
        help="what carries the character along (%(default)s)")  # fmt: skip
    usual = DEFAULT_LIMB_MODES
    for limbs, default in (("legs", usual.legs), ("arms", usual.arms)):
        add(f"--{limbs}", choices=["ik", "fk"], default=default.value.lower(),
            help="controls that get the keys (%(default)s)")  # fmt: skip
    add("--empties", action="store_true", help="an empty for each joint of the film, too")
    add("--result", choices=["action", "strip"], default="action",
        help="what it is written to (%(default)s)")  # fmt: skip
    add("--keep-last", action="store_true", help="keep an earlier result even if it is untouched")
    add_key_options(video, DEFAULT_RESULT, {"contacts": KeyDensity.CHOSEN_FRAMES})
    add_file_options(video)
    return video
