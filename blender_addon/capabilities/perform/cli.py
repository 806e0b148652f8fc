"""``blender -b scene.blend --command neural_motion perform …``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from typing import Any

import bpy

from ...blender.sound.choice import sound_named
from ...cli.common import (
    Report,
    add_place_options,
    add_settings,
    find_object,
    frame,
    needs_one_of,
    settings_of,
)
from ...core.errors import SoundError
from ...core.jobs import Progress
from ...core.settings import Seeded
from ..package import Cue, Role
from .cues import NO_SOUND, Taking, mirrored, read_cue, taking_part
from .parts import PARTS, box_of
from .performance import Performance
from .properties import NEURALMOTION_PG_perform, performing


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a character perform a sound, and say what was done."""
    context = bpy.context
    character = find_object(chosen.rig, "ARMATURE", "MESH", "EMPTY")
    _set(context.scene, performing(character), chosen)
    cue = read_cue(context, character)
    cast = [_casting(context, character, cue)]
    if chosen.both:
        if cue.partner is None:
            raise SoundError("--both needs --partner, and a voice of each: --partner-sound")
        cast.append(_casting(context, cue.partner, mirrored(cue, character)))
    performance = Performance(context, cast)
    job = performance.begin()
    while job is not None:
        job = performance.go_on(partial(job.run, progress))
    told, notes = performance.accept()
    lines = "; ".join(performing(who).last_result for who, *_ in cast)
    return Report(
        f"{told}; {lines}",
        notes,
        performance.written,
        (cue.first_frame, cue.last_frame),
        performance.providers,
    )


def _casting(
    context: bpy.types.Context, character: bpy.types.Object, cue: Cue
) -> tuple[bpy.types.Object, Cue, Taking]:
    taking = taking_part(context, character, cue)
    return character, replace(cue, taking_part=frozenset(taking.parts)), taking


def _set(
    scene: bpy.types.Scene, group: NEURALMOTION_PG_perform, chosen: argparse.Namespace
) -> None:
    if chosen.sound is None and chosen.partner_sound is None:
        raise SoundError(f"{NO_SOUND} (--sound, --partner-sound)")
    for sound, given in ((group, chosen.sound), (group.partner_sound, chosen.partner_sound)):
        named = sound_named(scene, given)
        sound.source, sound.file, sound.strip = named.source, named.path, named.strip
    group.partner = None
    if chosen.partner is not None:
        group.partner = find_object(chosen.partner)
    group.role = chosen.role.upper()
    group.start_frame = scene.frame_current if chosen.frame is None else chosen.frame
    group.stand_in = chosen.stand_in
    for name, part in PARTS.items():
        setattr(group, box_of(name), getattr(chosen, f"part_{part.name}"))
    for name, value in settings_of(chosen, Seeded).items():
        setattr(group, name, value)


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``perform``."""
    perform = commands.add_parser("perform", help="let a character perform a sound")
    add = perform.add_argument
    add(
        "--rig",
        "--character",
        required=True,
        help="name of the armature, mesh or head that performs",
    )
    add("--sound", help="the character's own voice: a sound strip's name or a file")
    add("--partner", help="name of the object that is talked with")
    add("--partner-sound", help="the partner's voice: likewise")
    needs_one_of(perform, "sound", "partner_sound")
    add("--role", choices=["auto", *(role.value.lower() for role in Role)], default="auto")
    add("--both", action="store_true", help="the partner performs, too")
    for part in PARTS.values():
        what = f"{part.moves[0].lower()}{part.moves[1:]}"
        if part.usual:
            add(f"--no-{part.name}", dest=f"part_{part.name}", action="store_false",
                help=f"without {what}")  # fmt: skip
        else:
            add(f"--{part.name}", dest=f"part_{part.name}", action="store_true",
                help=f"with {what}, again")  # fmt: skip
    add("--no-stand", dest="stand_in", action="store_false",
        help="nobody is let stand, not even in the rest pose")  # fmt: skip
    add("--frame", type=frame, metavar="N",
        help="frame at which a file begins (the file's current frame)")  # fmt: skip
    add_settings(perform, Seeded)
    add_place_options(perform)
    return perform
