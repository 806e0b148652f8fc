"""``blender -b scene.blend --command neural_motion physics …``."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import Any

import bpy

from ...blender.keys.options import ResultOptions
from ...cli.common import (
    Report,
    add_key_options,
    add_model_options,
    add_place_options,
    add_settings,
    choose_models,
    find_object,
    finite,
    frame_range,
    key_options,
    named,
    settings_of,
    unknown_name,
)
from ...cli.common import frame as whole_frame
from ...core.jobs import Progress
from ...core.physics.figure import BODY_NAMES
from ...core.physics.settings import Balancer, Mode, PhysicsSettings
from . import scene as physics_scene
from .choice import DEFAULT_STRIP, PhysicsChoice, PushChoice, things_in
from .told import describe, help_share, ran_on, told_of


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Give an animated character weight, and say what was done."""
    context = bpy.context
    choice = _choice(chosen)
    job = physics_scene.read(context, choice, choose_models(context, chosen))
    outcome = job.run(progress)
    motion = outcome.result
    written = physics_scene.write(context, job, motion)
    keys = f"{written.keys.describe()}, " if written.keys.describe() else ""
    report, share = motion.result.report, help_share(motion.result.report)
    fell = report.fell_s
    return Report(
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame}, "
        f"{describe(job, motion, written.feet_off_cm)}, {keys}{ran_on(job, outcome)}",
        tuple(dict.fromkeys((*told_of(job, motion), *written.notes))),
        (written.action_name,),
        (written.first_frame, written.last_frame),
        outcome.providers,
        {
            **({} if fell is None else {"fell_s": fell}),
            "help_percent": 100.0 * float(share.max()) if len(share) else 0.0,
            "worst_slip_cm_s": report.worst_slip_cm_s,
            "greatest_force_n": report.greatest_force_n,
            "feet_off_cm": written.feet_off_cm,
        },
    )


def _choice(chosen: argparse.Namespace) -> PhysicsChoice:
    return PhysicsChoice(
        armature=find_object(chosen.rig, "ARMATURE"),
        settings=PhysicsSettings(
            mode=Mode(chosen.mode.upper()),
            balancer=Balancer(chosen.balance_by.upper()),
            **settings_of(chosen, PhysicsSettings),
        ),
        frame_range=chosen.range,
        fall_frame=chosen.fall_at,
        pushes=tuple(chosen.push),
        ground=find_object(chosen.ground_mesh, "MESH") if chosen.ground_mesh else None,
        obstacles=_obstacles(chosen),
        result=_options(chosen),
    )


def _obstacles(chosen: argparse.Namespace) -> tuple[bpy.types.Object, ...]:
    """Those that are named, and all of the collections that are."""
    found = [find_object(name, "MESH") for name in chosen.obstacle]
    for name in chosen.obstacles:
        collection = named(bpy.data.collections, name)
        if collection is None:
            raise unknown_name("collection", name, [each.name for each in bpy.data.collections])
        found += things_in(collection)
    return tuple(dict.fromkeys(found))


def _options(chosen: argparse.Namespace) -> ResultOptions:
    return replace(key_options(chosen, DEFAULT_STRIP), replace_last=not chosen.keep_last)


def push(text: str) -> PushChoice:
    """A push, as in "40:chest:0,40,0": frame, body, and N s along the axes of the scene."""
    parts = text.split(":")
    frame = finite(parts[0])
    numbers = [finite(each) for each in parts[2].split(",")] if len(parts) == 3 else []
    fits = frame is not None and len(numbers) == 3 and None not in numbers
    if not fits or parts[1] not in BODY_NAMES:
        raise argparse.ArgumentTypeError(
            "expected FRAME:BODY:X,Y,Z, such as 40:chest:0,40,0: the frame, one of "
            f"{', '.join(BODY_NAMES)}, and N s along the scene's axes; found '{text[:60]}'"
        )
    x, y, z = (float(each) for each in numbers if each is not None)
    if not math.hypot(x, y, z) > 0.0:
        raise argparse.ArgumentTypeError(f"a push of no size is none; found '{text[:60]}'")
    return PushChoice(float(frame or 0.0), parts[1], (x, y, z))


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``physics``."""
    physics = commands.add_parser("physics", help="give an animated character weight")
    add = physics.add_argument
    add("--rig", "--character", required=True, help="name of the armature")
    add("--mode", choices=[each.value.lower() for each in Mode], default="track",
        help="what the body tries to do (%(default)s)")  # fmt: skip
    add("--balance-by", choices=[each.value.lower() for each in Balancer], default="plan",
        help="what keeps it on its feet in the mode balance (%(default)s)")  # fmt: skip
    add_settings(physics, PhysicsSettings, instead={"help": "--help-percent"})
    add("--fall-at", type=whole_frame, metavar="N",
        help="frame on which the muscles begin to fade in the mode fall (the first)")  # fmt: skip
    add("--range", type=frame_range, metavar="FIRST:LAST",
        help="only from one frame of the scene to another (all that plays)")  # fmt: skip
    add("--push", type=push, action="append", default=[], metavar="FRAME:BODY:X,Y,Z",
        help="a push in N s along the scene's axes, such as 40:chest:0,40,0; may be "
        "repeated")  # fmt: skip
    add("--ground-mesh", metavar="NAME", help="mesh to stand and fall on (level ground)")
    add("--obstacle", action="append", default=[], metavar="NAME",
        help="mesh that is in the way; may be repeated")  # fmt: skip
    add("--obstacles", action="append", default=[], metavar="COLLECTION",
        help="collection of meshes that are in the way; may be repeated")  # fmt: skip
    add("--keep-last", action="store_true", help="keep an earlier result even if it is untouched")
    add_key_options(physics, DEFAULT_STRIP)
    add_model_options(physics)
    add_place_options(physics)
    return physics
