"""``blender -b scene.blend --command neural_motion speech …``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import bpy

from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.options import EASED_LAYER
from ...blender.keys.sliders import Slider
from ...blender.sound.choice import SoundChoice, sound_named
from ...cli.common import (
    Found,
    Report,
    add_file_options,
    add_key_options,
    add_settings,
    choose_models,
    find_object,
    frame_range,
    key_options,
    named_weight,
    needs_one_of,
    settings_of,
    takes_one_of,
)
from ...core.errors import FaceError, InputError
from ...core.face.table import TableRow, table_from_json
from ...core.jobs import Progress
from ...core.speech.expressions import expression_named
from ..character.chosen import settings_of as character_settings
from . import scene as speech_scene
from .heard import keep_phones
from .part import PART
from .scene import SpeechSettings

_MOST_BYTES: Final = 1_000_000


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a face speak, and say what was done."""
    options = key_options(chosen, EASED_LAYER)
    context = bpy.context
    job = speech_scene.read(
        context, _settings(context.scene, chosen), choose_models(context, chosen)
    )
    outcome = job.run(progress)
    speech = outcome.result
    written = speech_scene.write(context, job, speech, options)
    keep_phones(_kept(chosen), job.heard, job.sound, speech.result.phones, job.told)
    layers = ", ".join(f"'{name}'" for name in written.layer_names) or "nothing"
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    return Report(
        f"{layers}: frames {written.first_frame} to {written.last_frame} of '{job.sound.name}', "
        f"{keys}{outcome.describe()}{told_in_brief(written.gave_way)}",
        (*job.warnings, *written.warnings),
        tuple(written.layer_names),
        (written.first_frame, written.last_frame),
        outcome.providers,
    )


def _settings(scene: bpy.types.Scene, chosen: argparse.Namespace) -> SpeechSettings:
    if (chosen.sound is None) == (chosen.strip is None):
        raise InputError("give either --sound with a file, or --strip with a strip's name")
    return SpeechSettings(
        character=find_object(chosen.character, "ARMATURE", "MESH"),
        sound=SoundChoice("STRIP", strip=chosen.strip)
        if chosen.strip is not None
        else sound_named(scene, chosen.sound),
        start_frame=chosen.frame,
        frame_range=chosen.range,
        table=_read_table(chosen.channels),
        styles=_sliders(chosen.style),
        expressions=_expressions(chosen.expression),
        kept=_kept(chosen),
        hear_again=chosen.hear_again,
        **settings_of(chosen, SpeechSettings),
    )


def _kept(chosen: argparse.Namespace) -> bpy.types.PropertyGroup:
    """The settings of the character, where phones heard are kept."""
    return character_settings(find_object(chosen.character, "ARMATURE", "MESH"), "speech")


def _sliders(pairs: list[tuple[str, float]]) -> dict[str, Slider]:
    return {name: Slider(weight) for name, weight in pairs}


def _expressions(pairs: list[tuple[str, float]]) -> dict[str, Slider]:
    for name, weight in pairs:
        if not 0.0 <= weight <= 1.0:
            raise InputError(f"the expression '{name}' is given {weight:g}; give 0 to 1")
    return _sliders([(expression_named(name), weight) for name, weight in pairs])


def _read_table(path: Path | None) -> list[TableRow] | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise FaceError(f"{path} is larger than any channel table. Choose another file")
        return table_from_json(content.decode("utf-8"), path.name)
    except (OSError, ValueError) as error:  # text in another encoding is a ValueError
        raise FaceError(f"{path} cannot be read ({error}). Check the file") from error


def suggest(found: Found) -> dict[str, Any] | None:
    """Whatever is said, if there is a face."""
    if found.sound is None or PART.reason(bpy.context, found.character, found.cue) is not None:
        return None
    return {}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``speech``."""
    speech = commands.add_parser("speech", help="let a face speak a sound")
    add = speech.add_argument
    add("--character", "--rig", required=True, help="name of the face's mesh, or of its armature")
    add("--sound", help="a sound strip's name, or a file: sound, or a video with sound")
    add("--strip", help="name of a sound strip of the sequencer")
    needs_one_of(speech, "sound", "strip")
    takes_one_of(speech, "sound", "strip")
    add("--range", type=frame_range, metavar="A:B", help="write keys between these frames only")
    add("--channels", type=Path, help="a saved channel table (found by the shapes' names)")
    add("--style", type=named_weight, action="append", default=[], metavar="NAME:W",
        help="lead into a style of the model; may be repeated")  # fmt: skip
    add("--expression", type=named_weight, action="append", default=[], metavar="NAME:W",
        help="lay an expression over, such as smile:0.5 or sad:0.6; may be repeated")  # fmt: skip
    add("--hear-again", action="store_true",
        help="listen for phones anew where their list was corrected; it is replaced")  # fmt: skip
    add_settings(speech, SpeechSettings)
    add_key_options(speech, EASED_LAYER)
    add_file_options(speech)
    return speech
