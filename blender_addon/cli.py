"""Walk from the command line: ``blender -b scene.blend --command neural_motion walk …``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from .core.errors import InputError, NeuralMotionError
from .core.features.path import Stop
from .preferences import model_choice, parse_providers
from .scene.models import ModelChoice
from .scene.path import SpeedChange
from .scene.pose import RootMotion
from .scene.walk import WalkSettings, read_walk, write_walk

COMMAND = "neural_motion"
_handles: list[Any] = []


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: what follows the command's name.

    Returns:
        0 when all went well, 1 when the scene or the model cannot be used; the reason is on stderr.
    """
    chosen = _parser().parse_args(list(arguments))
    try:
        sys.stdout.write(_walk(chosen) + "\n")
    except NeuralMotionError as error:
        sys.stderr.write(f"neural_motion: {error}\n")
        return 1
    return 0


def _walk(chosen: argparse.Namespace) -> str:
    if chosen.blend is not None:
        _open(chosen.blend)
    target = _output_file(chosen)
    context = bpy.context
    job = read_walk(context, _settings(chosen), _models(context, chosen))
    for warning in job.rig.warnings:
        sys.stderr.write(f"neural_motion: warning: {warning}\n")
    walk = job.run()
    written = write_walk(context, job, walk)
    bpy.ops.wm.save_as_mainfile(filepath=str(target), check_existing=False, copy=False)
    return (
        f"'{written.action_name}': frames {written.first_frame} to {written.last_frame}, "
        f"{job.path.length_m:.1f} m, {walk.provider_report}, {walk.compute_s:.1f} s; "
        f"saved as {target}"
    )


def _open(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path} does not exist. Give the .blend file to walk in")
    bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False)


def _output_file(chosen: argparse.Namespace) -> Path:
    """Where to save; an existing file only on demand."""
    if chosen.out is None and not bpy.data.filepath:
        raise InputError("no .blend file is open. Say with --out where to save the result")
    target = (chosen.out or Path(bpy.data.filepath)).absolute()
    if target.exists() and not chosen.overwrite:
        raise InputError(f"{target} exists. Give another --out, or add --overwrite")
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist. Make it, or give another --out"
        )
    return target


def _settings(chosen: argparse.Namespace) -> WalkSettings:
    collection = None
    ground = bpy.data.objects.get(chosen.terrain) if chosen.terrain else None
    if chosen.terrain and ground is None:
        collection = bpy.data.collections.get(chosen.terrain)
        if collection is None:
            raise _unknown("object or collection", chosen.terrain, "MESH")
    return WalkSettings(
        armature=_object(chosen.rig, "ARMATURE"),
        curve=_object(chosen.path, "CURVE"),
        ground=ground,
        ground_collection=collection,
        speed_m_s=chosen.speed,
        speed_changes=tuple(SpeedChange(*pair) for pair in chosen.speed_at),
        stops=tuple(Stop(*pair) for pair in chosen.stop_at),
        stand_before_s=chosen.stand_before,
        stand_after_s=chosen.stand_after,
        root_motion=RootMotion(chosen.root_motion.upper()),
        seed=chosen.seed,
        start_frame=chosen.frame,
    )


def _object(name: str, kind: str) -> bpy.types.Object:
    found = bpy.data.objects.get(name)
    if found is None:
        raise _unknown("object", name, kind)
    return found


def _unknown(what: str, name: str, kind: str) -> InputError:
    fitting = [item.name for item in bpy.data.objects if item.type == kind]
    listed = ", ".join(f"'{item}'" for item in fitting) or "none"
    return InputError(f"there is no {what} named '{name}'. Fitting ones in this file: {listed}")


def _models(context: bpy.types.Context, chosen: argparse.Namespace) -> ModelChoice:
    preferred = model_choice(context)
    if chosen.provider is None:
        return preferred
    return ModelChoice(preferred.folder, parse_providers(chosen.provider), preferred.threads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"blender -b FILE --command {COMMAND}")
    commands = parser.add_subparsers(required=True, metavar="walk")
    walk = commands.add_parser("walk", help="let a character walk along a curve")
    add = walk.add_argument
    add("--rig", required=True, help="name of the armature object")
    add("--path", required=True, help="name of the curve object")
    add("--terrain", help="name of a mesh object or a collection to walk on")
    add("--speed", type=float, default=1.3, help="metres a second (%(default)s)")
    add(
        "--speed-at",
        type=_pair,
        action="append",
        default=[],
        metavar="M:M/S",
        help="another speed from this distance on; may be repeated",
    )
    add(
        "--stop-at",
        type=_pair,
        action="append",
        default=[],
        metavar="M:S",
        help="stand still at this distance for so many seconds; may be repeated",
    )
    add("--stand-before", type=float, default=0.5, metavar="S")
    add("--stand-after", type=float, default=1.0, metavar="S")
    add("--root-motion", choices=[mode.value.lower() for mode in RootMotion], default="bone")
    add("--seed", type=int, default=0)
    add("--frame", type=int, help="first frame (the file's current frame)")
    add("--provider", help="execution providers in order, such as CUDA,CPU")
    add("--blend", type=Path, help="open this file first")
    add("--out", type=Path, help="save here (the opened file)")
    add("--overwrite", action="store_true", help="replace the file to be saved")
    return parser  # fmt: skip


def _pair(text: str) -> tuple[float, float]:
    first, _, second = text.partition(":")
    return float(first), float(second)


def register() -> None:
    """Add the command to Blender's ``--command``."""
    _handles.append(bpy.utils.register_cli_command(COMMAND, run))


def unregister() -> None:
    """Take it out again."""
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
