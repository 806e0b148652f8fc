"""``blender -b scene.blend --command neural_motion walk …``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import bpy

from ...blender.face.shape_keys import armature_of
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
    frame,
    gathered,
    key_options,
    named,
    needs_one_of,
    pair_of_numbers,
    settings_of,
    takes_one_of,
    unknown_name,
)
from ...core.errors import InputError
from ...core.jobs import Progress
from ...core.notes import Note, told_of
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbMode, LimbModes
from ...core.walk.crowd.settings import CrowdSettings
from ...core.walk.settings import Direction
from . import scene as walk_scene
from .crowd.scene import CrowdMember, read_crowd, write_crowd
from .direction.given import directions_given, going_given, path_change, speeds_given
from .job import FitJob, Walk
from .part import PART
from .residual import Residual, measure_residual
from .scene import WalkSettings, WrittenWalk, walk_warnings


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a character walk, and say what was done."""
    options = _result(chosen)
    context = bpy.context
    if len(chosen.rig) > 1:
        return _generate_together(chosen, context, options, progress)
    job = walk_scene.read(context, _settings(chosen), choose_models(context, chosen))
    outcome = job.run(progress)
    walk = outcome.result
    displaced = _displaced(job, options)
    written = walk_scene.write(context, job, walk, options)
    residual = measure_residual(
        context, job, walk, written.first_frame, blended_s=written.blended_s
    )
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    return Report(
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame}, "
        f"{job.length}, {residual.describe()}, {keys}{outcome.describe()}",
        (*_told(job, walk, written, residual), *displaced),
        (written.action_name,),
        (written.first_frame, written.last_frame),
        outcome.providers,
        residual.measures(),
    )


def _generate_together(
    chosen: argparse.Namespace,
    context: bpy.types.Context,
    options: ResultOptions,
    progress: Progress,
) -> Report:
    """Several characters in one batch, each on the path named at the same place."""
    shared = _settings(chosen)
    paths = chosen.path or [None]
    if len(paths) not in (1, len(chosen.rig)):
        raise InputError(
            f"{len(chosen.rig)} times --rig goes with as many times --path, or with one for all; "
            f"found {len(paths)}"
        )
    paths = paths * len(chosen.rig) if len(paths) == 1 else paths
    members = [
        CrowdMember(
            replace(
                shared,
                armature=find_object(rig, "ARMATURE"),
                curve=None if path is None else find_object(path, "CURVE"),
                seed=chosen.seed + number,
            )
        )
        for number, (rig, path) in enumerate(zip(chosen.rig, paths, strict=True))
    ]
    settings = CrowdSettings(**settings_of(chosen, CrowdSettings))
    job = read_crowd(context, members, choose_models(context, chosen), settings)
    outcome = job.run(progress)
    walks = outcome.result
    displaced = [_displaced(each, options) for each in job.jobs]
    written = write_crowd(context, job, walks, options)
    reports: list[Report] = []
    for each, walk, done, aside in zip(job.jobs, walks, written, displaced, strict=True):
        residual = measure_residual(context, each, walk, done.first_frame, blended_s=done.blended_s)
        reports.append(
            Report(
                f"'{done.action_name}': frames {done.first_frame} to {done.last_frame}, "
                f"{each.length}, {residual.describe()}",
                told_of(each.rig.object_name, (*_told(each, walk, done, residual), *aside)),
                (done.action_name,),
                (done.first_frame, done.last_frame),
                outcome.providers,
                residual.measures(),
            )
        )
    return gathered([*reports, Report(outcome.describe())])


def _displaced(job: FitJob, options: ResultOptions) -> tuple[str, ...]:
    """A note of somebody's own action that plays no more once the walk is written in its place."""
    data = bpy.data.objects[job.rig.object_name].animation_data
    action = None if data is None else data.action
    if options.kind is ResultKind.STRIP or action is None or makers_of(action):
        return ()
    text = (
        f"the walk plays instead of the action '{action.name}', which is kept. Choose strip as the "
        "result to have both"
    )
    return (Note(text),)


def _told(job: FitJob, walk: Walk, written: WrittenWalk, residual: Residual) -> tuple[str, ...]:
    """All warnings and notes, in the order in which they were found."""
    return (
        *job.rig.warnings,
        *job.notes,
        *written.notes,
        *residual.warnings(),
        *walk_warnings(walk),
    )


def _settings(chosen: argparse.Namespace) -> WalkSettings:
    collection = None
    ground = named(bpy.data.objects, chosen.terrain) if chosen.terrain else None
    if chosen.terrain and ground is None:
        collection = named(bpy.data.collections, chosen.terrain)
        if collection is None:
            fitting = [*fitting_names("MESH"), *(each.name for each in bpy.data.collections)]
            raise unknown_name("object or collection", chosen.terrain, fitting)
    return WalkSettings(
        armature=find_object(chosen.rig[0], "ARMATURE"),
        curve=None if chosen.path is None else find_object(chosen.path[0], "CURVE"),
        going=going_given(chosen, bpy.context.scene, find_object),
        directions=directions_given(chosen, settings_of(chosen, Direction)),
        ground=ground,
        ground_collection=collection,
        **speeds_given(chosen),
        root_motion=RootMotion(chosen.root_motion.upper()),
        limbs=LimbModes(LimbMode(chosen.legs.upper()), LimbMode(chosen.arms.upper())),
        **settings_of(chosen, WalkSettings),
        start_frame=chosen.frame,
    )


def _result(chosen: argparse.Namespace) -> ResultOptions:
    kind = ResultKind(chosen.result.upper())
    return replace(
        key_options(chosen, DEFAULT_RESULT), kind=kind, replace_last=not chosen.keep_last
    )


def suggest(found: Found) -> dict[str, Any] | None:
    """Along the curve that is chosen for the character, else along the only one."""
    if PART.reason(bpy.context, found.character, found.cue) is not None:
        return None
    curve = armature_of(found.character).neural_motion.walk.path or found.curve
    return None if curve is None else {"path": curve.name}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``walk``."""
    walk = commands.add_parser("walk", help="let a character walk along a curve")
    add = walk.add_argument
    add(
        "--rig",
        "--character",
        required=True,
        action="append",
        help="name of the armature object; repeat it, and --path, for several in one batch",
    )
    add("--path", action="append", help="name of the curve object")
    _add_going_options(walk)
    ends = ("path", "target", "target_at", "stand")
    needs_one_of(walk, *ends)
    takes_one_of(walk, *ends)
    takes_one_of(walk, "turn_to", "turn_to_object")
    add("--terrain", help="name of a mesh object or a collection to walk on")
    add_settings(walk, WalkSettings, CrowdSettings)
    add(
        "--speed-at",
        type=pair_of_numbers,
        action="append",
        default=[],
        metavar="M:M/S",
        help="another speed from this distance on; may be repeated",
    )
    add(
        "--stop-at",
        type=pair_of_numbers,
        action="append",
        default=[],
        metavar="M:S",
        help="stand still at this distance for so many seconds; may be repeated",
    )
    _add_direction_options(walk)
    add("--root-motion", choices=[mode.value.lower() for mode in RootMotion], default="bone")
    modes, default = [mode.value.lower() for mode in LimbMode], DEFAULT_LIMB_MODES
    for limb, preset in (("--legs", default.legs), ("--arms", default.arms)):
        add(
            limb,
            choices=modes,
            default=preset.value.lower(),
            help="controls to key, on rigs that have both (%(default)s)",
        )
    add("--result", choices=("action", "strip"), default="action", help="(%(default)s)")
    add("--keep-last", action="store_true", help="keep an earlier walk even if it is untouched")
    add_key_options(walk, DEFAULT_RESULT, {"contacts": KeyDensity.CHOSEN_FRAMES})
    add_file_options(walk)
    return walk


def _add_direction_options(parser: argparse.ArgumentParser) -> None:
    """How to walk, and what changes along the path."""
    add = parser.add_argument
    add("--preset", metavar="NAME",
        help="style and sliders of a preset: old, proud, tired, sneaky, heavy, happy, or one of "
        "your own; what is given beside it counts more")  # fmt: skip
    add("--style", metavar="NAME", help="a named style of the model (that which the seed picks)")
    add("--second-style", metavar="NAME", help="another style to blend with")
    add("--style-blend", type=float, metavar="N", help="how much of it; 0 to 1 (0.5)")
    add_settings(parser, Direction)
    add("--at", type=path_change, action="append", default=[], metavar="M:NAME=VALUE",
        help="from this distance on another speed, style or slider, or a stop, as in 4:lean=10, "
        "6:style=brisk, 7:style=brisk+wide*0.3, which is so much of the second, 8:facing=180, "
        "9:stop=2; may be repeated")  # fmt: skip


def _add_going_options(parser: argparse.ArgumentParser) -> None:
    """Where to go, and how that ends."""
    add = parser.add_argument
    add("--target", metavar="NAME",
        help="instead of a path: straight from where the character stands to it")  # fmt: skip
    add("--target-at", type=pair_of_numbers, metavar="X:Y",
        help="the same to a place, in metres; with a minus write --target-at=-3:2")  # fmt: skip
    add("--stop-short", type=float, default=0.0, metavar="M",
        help="how far before the target to stay (%(default)s)")  # fmt: skip
    add("--stand", type=float, metavar="S", help="instead of a path: stand for so many seconds")
    add("--turn-to", type=float, metavar="DEG",
        help="where to face in the end: 0 looks along -Y, 90 along X")  # fmt: skip
    add("--turn-to-object", metavar="NAME", help="the same, toward this object")
    add("--arrive", type=frame, metavar="N",
        help="be there on this frame; the speeds are made to fit")  # fmt: skip
