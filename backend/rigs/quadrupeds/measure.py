"""Four-legged rigs go along a short curve, measured as Blender shows them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from rich.console import Console
from rich.table import Table

from blender_addon.capabilities.quadruped import scene as quadruped_scene
from blender_addon.capabilities.quadruped.choice import AnimalChoice
from blender_addon.capabilities.quadruped.job import Pipeline
from blender_addon.capabilities.quadruped.rig.read import QuadrupedRig, read_rig
from blender_addon.capabilities.quadruped.rig.residual import (
    QuadrupedResidual,
    measure_residual,
    seen_bones,
)
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline

from .makers import MakeRig
from .pictures import draw_poses
from .planned import PlannedPipeline

RESIDUAL_TARGET_CM: Final = 3.0
SLIP_TARGET_CM: Final = 0.25
"""A 200th of the hip height."""
BELOW_TARGET_CM: Final = 0.5
STRETCH_TARGET_CM: Final = 0.01

_CURVE: Final = ((0.0, 0.0, 0.0), (0.0, -3.0, 0.0), (1.6, -5.0, 0.0))
"""In hip heights."""
_FROUDE: Final = 0.15
_MODEL: Final = Path(__file__).resolve().parents[3] / "onnx_models" / "quadruped_controller.onnx"


@dataclass(frozen=True)
class QuadrupedRow:
    """What one rig did; lengths in cm at hips half a metre high, None where not measured.

    Args:
        rig: its name.
        found: four legs and a trunk were found without help.
        foot, family: what it stands on, whose gaits it has.
        hip_height_m: in the scene.
        joints: how many of the 27 have a bone.
        virtual_blades: the front legs have no shoulder blade.
        rest_residual_cm: furthest of a joint from the body made square and even.
        residual_mean_cm, residual_max_cm: of all joints from the body's motion; hooves fold in
            the air by a rule of their own, so paws count while they stand.
        residual_cm: the largest by joint.
        slip_cm: furthest that a planted tip moves during one stance.
        below_cm: deepest that a tip is below where it stands.
        stretch_cm: most by which a distance within a leg changes; Rigify's own limbs on IK do.
        controls: "IK" or "FK" of a generated Rigify animal's legs.
        motion: "network", or "plan" where no model lies there.
        generate_s: reading, running and writing.
        warnings: what was told of the rig.
        problem: why it did not go.
    """

    rig: str
    found: bool = False
    foot: str = ""
    family: str = ""
    hip_height_m: float | None = None
    joints: int = 0
    virtual_blades: bool = False
    rest_residual_cm: float | None = None
    residual_mean_cm: float | None = None
    residual_max_cm: float | None = None
    residual_cm: Mapping[str, float] = field(default_factory=dict)
    slip_cm: float | None = None
    below_cm: float | None = None
    stretch_cm: float | None = None
    controls: str = ""
    motion: str = ""
    generate_s: float | None = None
    warnings: tuple[str, ...] = ()
    problem: str = ""


def measure_quadruped(name: str, make: MakeRig, out: Path | None) -> QuadrupedRow:
    """Let one rig go along a curve in an empty file, measure it, draw it.

    Args:
        name: of the row.
        make: adds the armature.
        out: folder of the picture; None for none.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = make()
    bpy.context.view_layer.update()
    started = time.perf_counter()
    try:
        rig = read_rig(bpy.context, armature)
    except NeuralMotionError as error:
        return QuadrupedRow(name, problem=str(error))
    pipeline = _pipeline()
    try:
        residual, frames, elapsed = _go(armature, rig, pipeline, started)
    except NeuralMotionError as error:
        return QuadrupedRow(name, True, problem=str(error))
    if out is not None:
        title = f"{name}: planted tips within {100 * residual.slip_m.max():.2f} cm"
        draw_poses(
            out / f"{_file_name(name)}.png", title, rig, residual, _seen(armature, rig, frames)
        )
    return _row(
        name, rig, residual, "plan" if isinstance(pipeline, PlannedPipeline) else "network", elapsed
    )


@cache
def _pipeline() -> Pipeline:
    """With the network where its model lies among the models, else plan and legs alone."""
    if not _MODEL.is_file():
        return PlannedPipeline()
    return QuadrupedPipeline(ModelSession(_MODEL))


def _file_name(name: str) -> str:
    return "quadruped_" + "".join(c if c.isalnum() else "_" for c in name)


def _go(
    armature: bpy.types.Object, rig: QuadrupedRig, pipeline: Pipeline, started: float
) -> tuple[QuadrupedResidual, np.ndarray, float]:
    speed = float(np.sqrt(_FROUDE * 9.81 * rig.hip_height_m))
    curve = _curve(rig.hip_height_m / rig.unit_m)
    choice = AnimalChoice(armature, curve, speed_m_s=speed)
    job = quadruped_scene.read(bpy.context, choice)
    motion = job.run(pipeline=pipeline).result
    written = quadruped_scene.write(bpy.context, job, motion)
    elapsed = time.perf_counter() - started
    frames = written.first_frame + np.arange(motion.clip.frame_count, dtype=np.float64)
    return measure_residual(bpy.context, armature, job.rig, motion.clip, frames), frames, elapsed


def _curve(size: float) -> bpy.types.Object:
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(_CURVE) - 1)
    for point, place in zip(spline.bezier_points, _CURVE, strict=True):
        point.co = [size * value for value in place]
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new("Path", data)
    bpy.context.scene.collection.objects.link(curve)
    return curve


def _seen(
    armature: bpy.types.Object, rig: QuadrupedRig, frames: np.ndarray
) -> dict[str, np.ndarray]:
    return seen_bones(bpy.context, armature, rig, frames)


def _row(
    name: str, rig: QuadrupedRig, residual: QuadrupedResidual, motion: str, elapsed: float
) -> QuadrupedRow:
    unit = 100.0 * MODEL_HIP_HEIGHT_M / rig.hip_height_m
    joints = {
        joint: far[residual.contacts[:, _LEGS.index(joint[:-4])]] if joint[-4:] == "_paw" else far
        for joint, far in residual.joints_m.items()
    }
    joints = {joint: unit * far for joint, far in joints.items() if len(far)}
    return QuadrupedRow(
        rig=name,
        found=True,
        foot=rig.foot.value,
        family=rig.family.value,
        hip_height_m=rig.hip_height_m,
        joints=len(rig.map.bones),
        virtual_blades=rig.map.virtual_blades,
        rest_residual_cm=unit * max(rig.rest_residual_m.values()),
        residual_mean_cm=float(np.mean([far.mean() for far in joints.values()])),
        residual_max_cm=float(max(far.max() for far in joints.values())),
        residual_cm={joint: round(float(far.max()), 3) for joint, far in joints.items()},
        slip_cm=unit * float(residual.slip_m.max()),
        below_cm=unit * _below(rig, residual),
        stretch_cm=unit * residual.stretch_m,
        controls="" if rig.controls is None else "IK" if rig.controls.ik else "FK",
        motion=motion,
        generate_s=elapsed,
        warnings=rig.warnings,
    )


def _below(rig: QuadrupedRig, residual: QuadrupedResidual) -> float:
    standing = rig.scale_m * np.array([leg.points[leg.joints[3], 1] for leg in rig.map.legs])
    return max(float((standing - residual.paws_m[..., 1]).max()), 0.0)


_LEGS: Final = ("left_hind", "left_fore", "right_hind", "right_fore")


def print_quadrupeds(rows: Sequence[QuadrupedRow], console: Console) -> None:
    """The table, what misses its target in red."""
    table = Table(title="Four-legged rigs (lengths at hips 0.5 m high)")
    for heading in ("rig", "kind", "hips m", "joints", "residual mean, max cm"):
        table.add_column(heading)
    for heading in ("slip cm", "below cm", "stretch cm", "s"):
        table.add_column(heading)
    for row in rows:
        if row.problem:
            table.add_row(row.rig, *["-"] * 7, f"[red]{row.problem}[/red]")
            continue
        table.add_row(
            row.rig,
            f"{row.family}, {row.foot}",
            f"{row.hip_height_m:.3g}",
            str(row.joints),
            f"{row.residual_mean_cm:.2f}, {_marked(row.residual_max_cm, RESIDUAL_TARGET_CM)}",
            _marked(row.slip_cm, SLIP_TARGET_CM),
            _marked(row.below_cm, BELOW_TARGET_CM),
            _marked(row.stretch_cm, STRETCH_TARGET_CM),
            f"{row.generate_s:.2f}",
        )
    console.print(table)


def _marked(value: float | None, target: float) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value <= target else f"[red]{value:.2f}[/red]"
