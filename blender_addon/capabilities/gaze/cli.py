"""``blender -b scene.blend --command neural_motion gaze …``."""

from __future__ import annotations

import argparse
from typing import Any, Final

import bpy

from ...blender.face.eyes_found import EyeChoice
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.options import EASED_LAYER
from ...blender.sound.choice import read_sound, sound_named
from ...cli.common import (
    Found,
    Report,
    add_file_options,
    add_key_options,
    add_settings,
    choose_models,
    finite,
    fitting_names,
    frame,
    key_options,
    named,
    settings_of,
    similar_names,
    unknown_name,
)
from ...core.errors import GazeError
from ...core.gaze.pipeline import TARGET_KINDS, GazeSettings
from ...core.jobs import Progress
from ...core.settings import Seeded
from ..character.chosen import owner_of
from . import scene as gaze_scene
from .part import PART
from .roles import ROLE_NAMES
from .scene import GazeChoice
from .targets import TargetChoice

_EYE_KINDS: Final = ("BONES", "OBJECTS")


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Give a character living eyes, and say what was done."""
    options = key_options(chosen, EASED_LAYER)
    context = bpy.context
    choice = _choice(context.scene, chosen)
    first, last = _range(context.scene, chosen, choice)
    job = gaze_scene.read(context, [choice], first, last, choose_models(context, chosen))
    outcome = job.run(progress)
    gaze = outcome.result
    written = gaze_scene.write(context, job, gaze, [options])
    result = gaze.characters[0].result
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    told = job.characters[0].rig.limits.describe()
    limits = f"{told}, " if told else ""
    return Report(
        f"'{chosen.rig}': frames {first} to {last}, {len(result.fixations.onset_s)} fixations, "
        f"{len(result.blink_times_s)} blinks, {limits}{keys}{outcome.describe()}"
        f"{told_in_brief(written.gave_way(0))}",
        gaze.characters[0].warnings,
        written.layer_names,
        (first, last),
        outcome.providers,
    )


def _choice(scene: bpy.types.Scene, chosen: argparse.Namespace) -> GazeChoice:
    return GazeChoice(
        character=_character(chosen.rig),
        targets=tuple(_target(text) for text in chosen.target),
        eyes=EyeChoice(*_eyes(chosen.eyes), limits_deg=_limits(chosen.eye_limits)),
        role=chosen.role.upper(),
        sound=sound_named(scene, chosen.sound),
        partner_sound=sound_named(scene, chosen.partner_sound),
        settings=GazeSettings(**settings_of(chosen, GazeSettings)),
        **settings_of(chosen, Seeded),
    )


def _eyes(given: list[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    kind, left, right = given
    if kind.upper() not in _EYE_KINDS:
        kinds = " or ".join(_EYE_KINDS)
        raise GazeError(f"--eyes is of the kind '{kind}'; expected {kinds}, then two names")
    return kind.upper(), left, right


def _limits(degrees: list[float] | None) -> tuple[float, float, float] | None:
    if degrees is None:
        return None
    side, up, down = degrees
    return side, up, down


def _character(name: str) -> bpy.types.Object:
    found = named(bpy.data.objects, name)
    if found is None:
        raise unknown_name("object", name, fitting_names("ARMATURE", "MESH", "EMPTY"))
    return found


def _target(text: str) -> TargetChoice:
    """NAME, NAME:KIND or NAME:KIND:WEIGHT; a name may hold colons itself."""
    parts = text.split(":")
    for count in (len(parts), len(parts) - 1, len(parts) - 2):
        found = named(bpy.data.objects, ":".join(parts[:count])) if count > 0 else None
        if found is not None:
            kind, weight = [*parts[count:], "", ""][:2]
            return TargetChoice(found, _kind(kind, text), weight=_weight(weight, text))
    likely = [":".join(parts[:count]) for count in range(len(parts), 0, -1)]
    meant = next((each for each in likely if similar_names(each, fitting_names())), parts[0])
    raise unknown_name("object", meant, fitting_names())


def _kind(kind: str, text: str) -> str:
    if kind and kind.upper() not in TARGET_KINDS:
        kinds = ", ".join(TARGET_KINDS).lower()
        raise GazeError(
            f"the target '{text}' is of the kind '{kind.upper()}'; expected one of {kinds}"
        )
    return kind.upper() or "PARTNER"


def _weight(weight: str, text: str) -> float:
    number = finite(weight or "1")
    if number is None or number < 0:
        raise GazeError(f"the target '{text}' has the weight '{weight}'; expected a number from 0")
    return number


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


def suggest(found: Found) -> dict[str, Any] | None:
    """At the targets that are chosen for the character."""
    targets = owner_of(found.character, "gaze").neural_motion.gaze.targets
    if not len(targets) or PART.reason(bpy.context, found.character, found.cue) is not None:
        return None
    return {"target": [f"{each.target.name}:{each.kind.lower()}" for each in targets]}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``gaze``."""
    gaze = commands.add_parser("gaze", help="give a character living eyes")
    add = gaze.add_argument
    add(
        "--rig",
        "--character",
        required=True,
        help="name of the armature, or of the object that is the head",
    )
    add(
        "--target",
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
    add(
        "--eye-limits",
        nargs=3,
        type=float,
        metavar=("SIDE", "UP", "DOWN"),
        help="how far the eyes turn, degrees (from the character's file, or measured)",
    )
    add_settings(gaze, GazeSettings, Seeded)
    add(
        "--last-frame",
        type=frame,
        metavar="N",
        help="last frame (end of the sound, or of the scene)",
    )
    add_key_options(gaze, EASED_LAYER)
    add_file_options(gaze)
    return gaze
