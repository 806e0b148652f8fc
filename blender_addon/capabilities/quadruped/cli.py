"""``blender -b scene.blend --command neural_motion quadruped …``."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import Any, Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.ground.path import SpeedChange
from ...blender.keys.density import KeyDensity
from ...blender.keys.options import DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.keys.takes import makers_of
from ...blender.rig.pose import RootMotion
from ...cli.common import (
    Found,
    Report,
    add_file_options,
    add_key_options,
    add_settings,
    choose_models,
    find_object,
    fitting_names,
    gathered,
    key_options,
    named,
    needs_one_of,
    settings_of,
    unknown_name,
)
from ...core.errors import InputError
from ...core.ground.path import Stop
from ...core.jobs import Progress
from ...core.notes import Note, told_of
from ...core.quadruped.body import Family, FootKind
from ...core.quadruped.gaits import Action, Gait
from ...core.quadruped.request import ActionMark, GaitChange
from ...core.quadruped.settings import PaceSettings, SecondarySettings
from .applying import describe, motion_notes
from .choice import AnimalChoice
from .herd.members import beside
from .herd.scene import read_herd, write_herd
from .job import AnimalMotion, QuadrupedJob
from .joints import joints_by_hand
from .judged import judge_animal
from .marks import Marks
from .residual import measure_residual
from .secondary.choice import Secondary
from .writing import WrittenMotion

_BY_SPEED: Final = "by_speed"
_GAITS: Final = {_BY_SPEED: None, **{g.value: g for g in Gait if g is not Gait.STAND}}
_ACTIONS: Final = {each.value: each for each in Action}
_SECONDS: Final = 4.0

Mark = SpeedChange | Stop | GaitChange | ActionMark


def path_mark(text: str) -> Mark:
    """What happens at a place, as in "4:trot", "6:speed=2.5", "9:stop=2", "12:sit=5", "20:jump"."""
    at, _, what = text.partition(":")
    name, sign, value = (part.strip().replace("-", "_") for part in what.partition("="))
    at_m, number = _finite(at), _finite(value) if sign else _SECONDS
    if at_m is not None and not sign and name in _GAITS:
        return GaitChange(at_m, _GAITS[name])
    if at_m is not None and number is not None:
        if name in _ACTIONS:
            return ActionMark(at_m, _ACTIONS[name], number)
        if name == "speed" and sign:
            return SpeedChange(at_m, number)
        if name == "stop":
            return Stop(at_m, number)
    raise argparse.ArgumentTypeError(
        f"expected M:WHAT, with a gait ({', '.join(_GAITS)}), speed=M/S, stop=S or one of "
        f"{', '.join(_ACTIONS)} and seconds, such as 4:trot or 12:sit=5; found '{text[:60]}'"
    )


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let animals go, and say what was done."""
    context, options = bpy.context, _result(chosen)
    job = read_herd(context, _choices(context, chosen), choose_models(context, chosen))
    outcome = job.run(progress)
    aside = [_displaced(each, options) for each in job.jobs]
    written = write_herd(context, job, outcome.result, options)
    reports = [
        _report(context, *each, outcome.providers, named_first=len(written) > 1)
        for each in zip(job.jobs, outcome.result, written, aside, strict=True)
    ]
    if len(reports) == 1:
        return replace(reports[0], text=f"{reports[0].text}, {outcome.describe()}")
    return gathered([*reports, Report(outcome.describe())])


def _report(
    context: bpy.types.Context,
    job: QuadrupedJob,
    motion: AnimalMotion,
    written: WrittenMotion,
    aside: tuple[str, ...],
    providers: str,
    *,
    named_first: bool,
) -> Report:
    residual = measure_residual(context, job, motion, written)
    told = (
        *job.rig.warnings, *job.notes, *written.notes, *residual.warnings(), *motion_notes(motion),
        *aside,
    )  # fmt: skip
    return Report(
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame}, "
        + describe(job, motion, written, residual).replace("; ", ", "),
        told_of(job.rig.object_name, told) if named_first else told,
        (written.action_name, *written.layers),
        (written.first_frame, written.last_frame),
        providers,
        residual.measures(),
    )


def _displaced(job: QuadrupedJob, options: ResultOptions) -> tuple[str, ...]:
    """A note of somebody's own action that plays no more once another is written in its place."""
    data = bpy.data.objects[job.rig.object_name].animation_data
    action = None if data is None else data.action
    if options.kind is ResultKind.STRIP or action is None or makers_of(action):
        return ()
    text = (
        f"the motion plays instead of the action '{action.name}', which is kept. Choose strip as "
        "the result to have both"
    )
    return (Note(text),)


def _choices(context: bpy.types.Context, chosen: argparse.Namespace) -> list[AnimalChoice]:
    """One for each ``--rig``; those beyond the paths that are given go beside the first."""
    paths = [find_object(each, "CURVE") for each in chosen.path]
    if len(paths) > len(chosen.rig):
        raise InputError(
            f"{len(chosen.rig)} times --rig goes with as many times --path at the most; found "
            f"{len(paths)}"
        )
    if not paths:
        fitting = ", ".join(f"'{name}'" for name in fitting_names("CURVE")) or "none"
        raise InputError(f"--path is missing. Curves in this file: {fitting}")
    shared = _shared(chosen)
    choices: list[AnimalChoice] = []
    for number, rig in enumerate(chosen.rig):
        armature = find_object(rig, "ARMATURE")
        own = replace(
            shared, armature=armature, joints=joints_by_hand(armature), seed=shared.seed + number,
            curve=paths[number] if number < len(paths) else None,
        )  # fmt: skip
        choices.append(own if own.curve else beside(context, own, choices[0], number))
    return choices


def _shared(chosen: argparse.Namespace) -> AnimalChoice:
    collection = None
    ground = named(bpy.data.objects, chosen.terrain) if chosen.terrain else None
    if chosen.terrain and ground is None:
        collection = named(bpy.data.collections, chosen.terrain)
        if collection is None:
            fitting = [*fitting_names("MESH"), *(each.name for each in bpy.data.collections)]
            raise unknown_name("object or collection", chosen.terrain, fitting)
    pace = settings_of(chosen, PaceSettings)
    if "speed" not in getattr(chosen, "given", ()):
        pace["speed_m_s"] = None
    rules = SecondarySettings(**settings_of(chosen, SecondarySettings))
    look_at = "" if chosen.look_at is None else find_object(chosen.look_at).name
    return AnimalChoice(
        armature=None,
        ground=ground,
        ground_collection=collection,
        gait=_GAITS[chosen.gait],
        marks=_marks(chosen.mark),
        backward=chosen.backward,
        foot=None if chosen.foot is None else FootKind[chosen.foot.upper()],
        family=None if chosen.family is None else Family[chosen.family.upper()],
        root_motion=RootMotion(chosen.root_motion.upper()),
        secondary=Secondary(rules, look_at) if chosen.secondary else None,
        start_frame=chosen.frame,
        **pace,
    )


def _marks(given: list[Mark]) -> Marks:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(each for each in given if isinstance(each, kind))

    return Marks(of(SpeedChange), of(Stop), of(GaitChange), of(ActionMark))


def _result(chosen: argparse.Namespace) -> ResultOptions:
    kind = ResultKind(chosen.result.upper())
    return replace(
        key_options(chosen, DEFAULT_RESULT), kind=kind, replace_last=not chosen.keep_last
    )


def suggest(found: Found) -> dict[str, Any] | None:
    """Along the curve that is chosen for the animal, else along the only one."""
    armature = armature_of(found.character)
    if armature is None or judge_animal(armature).found is None:
        return None
    curve = armature.neural_motion.quadruped.path or found.curve
    return None if curve is None else {"path": curve.name}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``quadruped``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "quadruped", help="let a four-legged character go along a curve"
    )
    add = parser.add_argument
    add("--rig", "--character", required=True, action="append",
        help="name of the armature object; repeat it for several in one batch")  # fmt: skip
    add("--path", action="append", default=[],
        help="name of the curve object; repeat it with --rig. Who has none goes beside the "
        "first")  # fmt: skip
    needs_one_of(parser, "path")
    add("--terrain", help="name of a mesh object or a collection to go on")
    add_settings(parser, PaceSettings)
    add("--gait", choices=tuple(_GAITS), default=_BY_SPEED, help="(%(default)s)")
    add("--mark", type=path_mark, action="append", default=[], metavar="M:WHAT",
        help="from this distance on another gait or speed, or there a stop or something done, as "
        "in 4:trot, 6:speed=2.5, 9:stop=2, 12:sit=5, 15:lie=6, 18:eat=4, 21:look=3 or 25:jump; "
        "may be repeated")  # fmt: skip
    add("--backward", action="store_true", help="back up along the path, at a walk")
    add("--foot", choices=[each.value for each in FootKind], help="what it stands on (as found)")
    add("--family", choices=[each.value for each in Family], help="whose gaits (as found)")
    add("--root-motion", choices=[mode.value.lower() for mode in RootMotion], default="bone")
    add("--no-secondary", dest="secondary", action="store_false",
        help="no layer of tail, ears and breath")  # fmt: skip
    add_settings(parser, SecondarySettings)
    add("--look-at", metavar="NAME", help="an object that neck and head turn to")
    add("--result", choices=("action", "strip"), default="action", help="(%(default)s)")
    add("--keep-last", action="store_true", help="keep an earlier motion even if it is untouched")
    add_key_options(parser, DEFAULT_RESULT, {"contacts": KeyDensity.CHOSEN_FRAMES})
    add_file_options(parser)
    return parser
