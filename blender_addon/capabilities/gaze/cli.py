"""``blender -b scene.blend --command neural_motion gaze …``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import bpy

from ...blender.sound.scene_sound import sound_strips
from ...cli.common import (
    add_file_options,
    choose_models,
    find_object,
    open_blend,
    output_file,
    save_blend,
)
from ...core.gaze.pipeline import TARGET_KINDS, GazeSettings
from .eyes_found import EyeChoice
from .roles import ROLE_NAMES, SoundChoice, read_sound
from .scene import GazeChoice, read_gaze, write_gaze
from .targets import TargetChoice


def run(chosen: argparse.Namespace) -> str:
    """Give a character living eyes, save the file, and say what was done."""
    open_blend(chosen.blend)
    target = output_file(chosen)
    context = bpy.context
    choice = _choice(context.scene, chosen)
    first, last = _range(context.scene, chosen, choice)
    job = read_gaze(context, [choice], first, last, choose_models(context, chosen))
    outcome = job.run()
    gaze = outcome.result
    for warning in gaze.characters[0].warnings:
        sys.stderr.write(f"neural_motion: warning: {warning}\n")
    write_gaze(context, job, gaze)
    save_blend(target)
    result = gaze.characters[0].result
    return (
        f"'{chosen.rig}': frames {first} to {last}, {len(result.fixations.onset_s)} fixations, "
        f"{len(result.blink_times_s)} blinks, {outcome.describe()}; "
        f"saved as {target}"
    )


def _choice(scene: bpy.types.Scene, chosen: argparse.Namespace) -> GazeChoice:
    return GazeChoice(
        character=find_object(chosen.rig, "ARMATURE"),
        targets=tuple(_target(text) for text in chosen.target),
        eyes=EyeChoice(*chosen.eyes) if chosen.eyes else EyeChoice(),
        role=chosen.role.upper(),
        sound=_sound(scene, chosen.sound),
        partner_sound=_sound(scene, chosen.partner_sound),
        settings=GazeSettings(
            liveliness=chosen.liveliness,
            head_share=chosen.head_share,
            blink_rate=chosen.blink_rate,
            micro_saccades=chosen.micro_saccades,
        ),
        seed=chosen.seed,
    )


def _target(text: str) -> TargetChoice:
    """NAME, NAME:KIND or NAME:KIND:WEIGHT."""
    if bpy.data.objects.get(text) is not None:
        return TargetChoice(bpy.data.objects[text])
    name, _, rest = text.partition(":")
    kind, _, weight = rest.partition(":")
    target = find_object(name, "EMPTY")
    return TargetChoice(target, kind.upper() or "PARTNER", weight=float(weight or 1.0))


def _sound(scene: bpy.types.Scene, text: str | None) -> SoundChoice:
    """A strip of that name, else a file."""
    if text is None:
        return SoundChoice()
    if text in {strip.name for strip in sound_strips(scene)}:
        return SoundChoice("STRIP", strip=text)
    return SoundChoice("FILE", path=text)


def _range(
    scene: bpy.types.Scene, chosen: argparse.Namespace, choice: GazeChoice
) -> tuple[int, int]:
    first = scene.frame_start if chosen.frame is None else chosen.frame
    if chosen.last_frame is not None:
        return first, chosen.last_frame
    sound = read_sound(scene, choice.sound, first)
    if chosen.frame is not None and sound is not None:
        return first, int(sound.end_frame)
    return first, scene.frame_end


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``gaze``."""
    gaze = commands.add_parser("gaze", help="give a character living eyes")
    add = gaze.add_argument
    add("--rig", required=True, help="name of the armature, or of the object that is the head")
    add(
        "--target",
        type=_target_text,
        action="append",
        default=[],
        required=True,
        metavar="NAME[:KIND[:WEIGHT]]",
        help=f"object to look at; KIND is {', '.join(TARGET_KINDS).lower()}; may be repeated",
    )
    add("--sound", help="the character's own voice: a sound strip's name or a file")
    add("--partner-sound", help="the partner's voice: likewise")
    add("--role", choices=[name.lower() for name in ROLE_NAMES], default="auto")
    add("--eyes", nargs=3, metavar=("KIND", "LEFT", "RIGHT"), help="BONES or OBJECTS, two names")
    for name in ("liveliness", "head-share", "blink-rate", "micro-saccades"):
        add(f"--{name}", type=float, default=1.0, metavar="FACTOR")
    add("--seed", type=int, default=0)
    add("--last-frame", type=int, help="last frame (end of the sound, or of the scene)")
    add_file_options(gaze)
    return gaze


def _target_text(text: str) -> str:
    """Refuses what is no target before any file is opened."""
    _, _, rest = text.partition(":")
    kind, _, weight = rest.partition(":")
    if kind and kind.upper() in TARGET_KINDS and weight:
        float(weight)
    return text
