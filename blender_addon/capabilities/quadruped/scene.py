"""Lets a four-legged armature go along a curve: read the scene, run the pipeline, write the keys.

``read`` and ``write`` belong on the main thread; ``QuadrupedJob.run`` between them touches no
Blender data and may run on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np

from ...blender.ground.notes import height_notes, moving_ground, step_warnings
from ...blender.ground.path import FoundPath, check_places, read_path
from ...blender.ground.terrain import meshes_of, read_terrain
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.start import start_of_replaced
from ...blender.rig.carried import read_carried
from ...blender.timeline import animation_frame, animation_rate_of
from ...blender.units import units_of
from ...core.errors import PathError, SettingsError
from ...core.ground.path import Path
from ...core.ground.standing import MAX_STAND_S
from ...core.ground.terrain import FlatTerrain, HeightField
from ...core.inference.choice import ModelChoice
from ...core.quadruped.body import QuadrupedBody
from .beside import path_beside
from .choice import AnimalChoice
from .job import QuadrupedJob
from .marks import Marks
from .pace import fastest_m_s, usual_speed_m_s
from .rig.read import read_rig
from .writing import CAPABILITY, WrittenMotion, write

__all__ = ["CAPABILITY", "WrittenMotion", "read", "write"]

PERSON_HIPS_M: Final = 0.9
"""What shared parts of the ground are told in: sizes against a person."""


def read(
    context: bpy.types.Context, choice: AnimalChoice, models: ModelChoice | None = None
) -> QuadrupedJob:
    """Read rig, path and ground from the scene, and check all of it; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    rig = read_rig(
        context, choice.armature, chosen=choice.joints, foot=choice.foot, family=choice.family
    )
    body = rig.body
    size = body.hip_height_m / PERSON_HIPS_M
    _check_stand(choice)
    way, start = way_of(context, choice, body)
    meshes = meshes_of(choice.ground, choice.ground_collection, choice.armature)
    terrain = _read_ground(context, meshes, way.path, size)
    job = QuadrupedJob(
        rig=rig,
        body=body,
        path=way.path,
        terrain=terrain,
        gait=choice.gait,
        gait_changes=way.marks.gait_changes,
        marks=way.marks.actions,
        backward=choice.backward,
        seed=choice.seed,
        stand_before_s=choice.stand_before_s,
        stand_after_s=choice.stand_after_s,
        root_motion=choice.root_motion,
        secondary=choice.secondary,
        frame_rate_hz=animation_rate_of(context.scene),
        start_frame=start,
        models=models or ModelChoice(),
        notes=(*way.notes, *_ground_notes(context, way.path, terrain, size)),
        length=units_of(context.scene).length(way.path.length_m, 1),
    )
    last = check_fits(job)
    common, told = read_carried(context, job, choice.armature, choice.curve, last)
    moving = moving_ground(context, meshes, start, last) if common is None else ()
    return replace(job, common_parent=common, notes=(*job.notes, *told, *moving))


@dataclass(frozen=True, eq=False)
class Way:
    """A path as an animal goes along it.

    Args:
        path: in the world, core axes, metres.
        marks: along it.
        notes: what of the curve may surprise.
    """

    path: Path
    marks: Marks
    notes: tuple[str, ...] = ()


def way_of(
    context: bpy.types.Context, choice: AnimalChoice, body: QuadrupedBody
) -> tuple[Way, int]:
    """Where the animal goes as that is on the frame on which it begins, and that frame.

    Raises:
        InputError: there is no path, or it cannot be gone along.
    """
    frame = _current_frame(context) if choice.start_frame is None else choice.start_frame
    way = _read_way(context, choice, body, frame)
    start = first_frame(context, choice, way.path)
    return (way if start == frame else _read_way(context, choice, body, start)), start


def _read_way(
    context: bpy.types.Context, choice: AnimalChoice, body: QuadrupedBody, frame: int
) -> Way:
    if choice.curve is None:
        raise PathError("no path is chosen. Draw a curve and choose it under Path")
    hip_m, marks = body.hip_height_m, choice.marks
    speed = usual_speed_m_s(hip_m) if choice.speed_m_s is None else choice.speed_m_s
    found: FoundPath = read_path(
        context, choice.curve, speed, marks.speed_changes, marks.stops,
        size=hip_m / PERSON_HIPS_M, fastest_m_s=fastest_m_s(hip_m), frame=frame,
    )  # fmt: skip
    path, units = found.path, units_of(context.scene)
    check_places("mark", [each.at_m for each in marks.changes], path.length_m, units)
    if not choice.aside_m:
        return Way(path, marks, found.notes)
    beside = path_beside(path, choice.aside_m)
    return Way(beside, marks.stretched(beside.length_m / path.length_m), found.notes)


def first_frame(context: bpy.types.Context, choice: AnimalChoice, path: Path) -> int:
    """Where a motion begins: as chosen, as the one it replaces, or at the playhead."""
    if choice.start_frame is not None:
        return choice.start_frame
    replaced = replaced_start(context, choice, path)
    return _current_frame(context) if replaced is None else replaced


def replaced_start(context: bpy.types.Context, choice: AnimalChoice, path: Path) -> int | None:
    """Where the motion was asked to begin that one along this path would replace; None if none."""
    if choice.start_frame is not None or choice.replaces is None or choice.armature is None:
        return None
    length = _seconds(path, choice) * animation_rate_of(context.scene)
    frame = _current_frame(context)
    return start_of_replaced(choice.armature, CAPABILITY, choice.replaces, frame, length)


def _current_frame(context: bpy.types.Context) -> int:
    return animation_frame(context.scene, context.scene.frame_current)


def _read_ground(
    context: bpy.types.Context, meshes: Sequence[bpy.types.Object], path: Path, size: float
) -> FlatTerrain | HeightField:
    return read_terrain(context, meshes, path, size=size) if meshes else FlatTerrain(0.0)


def _ground_notes(
    context: bpy.types.Context, path: Path, terrain: FlatTerrain | HeightField, size: float
) -> tuple[str, ...]:
    """What of path and ground may surprise."""
    units = units_of(context.scene)
    high = height_notes(path, size, units) if isinstance(terrain, FlatTerrain) else ()
    return (*high, *step_warnings(path, terrain, size, units))


def _check_stand(choice: AnimalChoice) -> None:
    for seconds in (choice.stand_before_s, choice.stand_after_s):
        if not 0 <= seconds <= MAX_STAND_S:
            raise SettingsError(
                f"standing for {seconds:g} s is not possible; set 0 to {MAX_STAND_S:g} seconds"
            )


def check_fits(job: QuadrupedJob) -> float:
    """Refuse a motion that would run past Blender's last frame.

    Returns:
        About where it will end.

    Raises:
        PathError: says how long it would be.
    """
    seconds = 0.0 if job.path is None else _seconds(job.path, job)
    seconds += sum(each.seconds for each in job.marks)
    last = job.start_frame + seconds * job.frame_rate_hz
    if last > MAX_FRAME:
        raise PathError(
            f"going {job.length} takes {seconds:.0f} s and would end at frame {last:.0f}; "
            f"Blender's last frame is {MAX_FRAME}. Shorten the path, raise the speed or lower the "
            "frame rate"
        )
    return last


def _seconds(path: Path, given: AnimalChoice | QuadrupedJob) -> float:
    """About how long it takes to go along a path, without what is done on the way."""
    steps = np.diff(path.arc_lengths_m)
    speeds = 0.5 * (path.speeds_m_s[1:] + path.speeds_m_s[:-1])
    stops = sum(stop.seconds for stop in path.stops)
    return float((steps / speeds).sum()) + given.stand_before_s + given.stand_after_s + stops
