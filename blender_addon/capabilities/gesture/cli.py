"""``blender -b scene.blend --command neural_motion gesture …``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any, Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.options import DEFAULT_RESULT, EASED_LAYER, ResultKind, ResultOptions
from ...blender.rig.pose import RootMotion
from ...blender.sound.choice import sound_named
from ...cli.common import (
    Found,
    Report,
    add_file_options,
    add_key_options,
    add_settings,
    choose_models,
    find_object,
    frame_range,
    keeps_within,
    key_options,
    settings_of,
)
from ...core.errors import SettingsError
from ...core.gesture.settings import GestureMode, GestureSettings, Space
from ...core.jobs import Progress
from ...core.retarget.control_map import LimbMode, LimbModes
from ...core.settings import Seeded
from . import scene as gesture_scene
from .choice import BeatsGiven, GestureChoice, strokes_kept
from .keeping import describe, keep_gesture
from .part import PART
from .properties import MAX_BPM, MIN_BPM

_LAYER: Final = "layer"


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a body move to a sound, and say what was done."""
    mode = GestureMode(chosen.mode.upper())
    options = _options(chosen, mode)
    context = bpy.context
    choice = _choice(context.scene, chosen, mode)
    job = gesture_scene.read(context, choice, choose_models(context, chosen))
    outcome = job.run(progress)
    gesture = outcome.result
    written = gesture_scene.write(context, job, gesture, options)
    keep_gesture(context, choice.armature, job, gesture)
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    return Report(
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame} of "
        f"'{job.sound.name}', {describe(job, gesture)}, {keys}{outcome.describe()}"
        f"{told_in_brief(written.gave_way)}",
        (*job.notes, *gesture.notes, *written.notes),
        (written.action_name,),
        (written.first_frame, written.last_frame),
        outcome.providers,
    )


def _options(chosen: argparse.Namespace, mode: GestureMode) -> ResultOptions:
    if mode is GestureMode.TALK:
        return key_options(chosen, EASED_LAYER)
    kind = ResultKind.STRIP if chosen.result == "strip" else ResultKind.ACTION
    usual = key_options(chosen, EASED_LAYER)
    blends = {} if chosen.blend_in != EASED_LAYER.blend_in_s else {"blend_in_s": 0.0}
    blends |= {} if chosen.blend_out != EASED_LAYER.blend_out_s else {"blend_out_s": 0.0}
    return replace(
        usual, kind=kind, replace_last=True, shift_bound_m=DEFAULT_RESULT.shift_bound_m, **blends
    )


def _choice(scene: bpy.types.Scene, chosen: argparse.Namespace, mode: GestureMode) -> GestureChoice:
    armature = find_object(chosen.rig, "ARMATURE")
    return GestureChoice(
        armature=armature,
        mode=mode,
        sound=sound_named(scene, chosen.sound),
        start_frame=chosen.frame,
        frame_range=chosen.range,
        settings=GestureSettings(**settings_of(chosen, GestureSettings)),
        space=Space(chosen.space.upper()),
        style=chosen.style or "",
        replace_arms=chosen.replace_arms,
        root_motion=RootMotion(chosen.root_motion.upper()),
        limbs=LimbModes(LimbMode(chosen.legs.upper()), LimbMode(chosen.arms.upper())),
        beats=_beats(chosen),
        strokes=strokes_kept(scene, armature),
        **settings_of(chosen, Seeded),
    )


def _beats(chosen: argparse.Namespace) -> BeatsGiven:
    if chosen.tempo is None:
        if chosen.first_beat is not None:
            raise SettingsError("--first-beat goes with --tempo: give both, or neither")
        return BeatsGiven()
    if not MIN_BPM <= chosen.tempo <= MAX_BPM:
        raise SettingsError(
            f"--tempo is {chosen.tempo:g}; give {MIN_BPM:g} to {MAX_BPM:g} beats a minute"
        )
    first = 1.0 if chosen.frame is None else float(chosen.frame)
    return BeatsGiven(chosen.tempo, first if chosen.first_beat is None else chosen.first_beat)


def suggest(found: Found) -> dict[str, Any] | None:
    """As the character is set: talk or dance, if there is a sound and there are arms."""
    if found.sound is None or PART.reason(bpy.context, found.character, found.cue) is not None:
        return None
    mode = armature_of(found.character).neural_motion.gesture.mode.lower()
    return {} if mode == GestureMode.TALK.value.lower() else {"mode": mode}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``gesture``."""
    gesture = commands.add_parser("gesture", help="let a body talk with its hands, or dance")
    add = gesture.add_argument
    add("--rig", "--character", required=True, help="name of the armature")
    add("--sound", required=True, help="what it moves to: a sound strip's name or a file")
    add("--mode", choices=[each.value.lower() for each in GestureMode], default="talk",
        help="hands that beat with a voice, or a dance to music (%(default)s)")  # fmt: skip
    add("--style", help="what is danced (the model's first)")
    tempo = add("--tempo", type=float, metavar="BPM", help="of the music (heard in it)")
    keeps_within(tempo, MIN_BPM, MAX_BPM)
    add("--first-beat", type=float, metavar="FRAME",
        help="frame of the first beat of a measure, with --tempo (the first frame)")  # fmt: skip
    add("--space", choices=[each.value.lower() for each in Space], default="natural",
        help="where the hands move while talking (%(default)s)")  # fmt: skip
    add("--replace-arms", action="store_true",
        help="arms that are keyed go to the gesture's own pose")  # fmt: skip
    add_settings(gesture, GestureSettings, Seeded)
    add("--range", type=frame_range, metavar="FIRST:LAST", help="frames (all of the sound)")
    add("--root-motion", choices=[each.value.lower() for each in RootMotion], default="bone",
        help="what carries a dancer along (%(default)s)")  # fmt: skip
    for limbs, usual in (("legs", "ik"), ("arms", "fk")):
        add(f"--{limbs}", choices=["ik", "fk"], default=usual,
            help="controls that get the keys of a dance (%(default)s)")  # fmt: skip
    add("--result", choices=["action", "strip"], default="action",
        help="what a dance is written to (%(default)s)")  # fmt: skip
    add_key_options(gesture, EASED_LAYER)
    add_file_options(gesture)
    return gesture
