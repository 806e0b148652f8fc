"""What a character can look at, as the user chose it, and where that is on every frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import blender_to_core_points
from ...blender.face.eye_rig import GazeRig, head_track, read_rig, rig_probes
from ...blender.face.shape_keys import armature_of
from ...blender.rig.evaluation import Probe
from ...core.errors import GazeError
from ...core.gaze.request import TargetKind

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TargetChoice:
    """Something to look at.

    Args:
        target: any object; a character stands for the point between its eyes, a mesh for its
            middle, all else for its origin.
        bone: of an armature, looked at instead.
        kind: PARTNER, OBJECT or DISTRACTION.
        weight: how much it draws the eyes.
        weight_path: RNA path from the character's object where the weight is animated; else empty.
    """

    target: bpy.types.Object | None
    kind: TargetKind = "PARTNER"
    bone: str = ""
    weight: float = 1.0
    weight_path: str = ""


@dataclass(frozen=True, eq=False)
class TargetReader:
    """Where a target is: what to probe on every frame, and how to tell its place from that.

    Args:
        name: for messages.
        kind: PARTNER, OBJECT or DISTRACTION.
        objects: names of what has to be evaluated.
        probes: by name.
        place: from the probes' rows to (K, 3) in the world, core, metres.
        weights: from the rows to (K,).
    """

    name: str
    kind: TargetKind
    objects: tuple[str, ...]
    probes: Mapping[str, Probe]
    place: Callable[[Mapping[str, Array]], Array]
    weights: Callable[[Mapping[str, Array], int], Array]

    def read(self, rows: Mapping[str, Array], frames: int) -> tuple[Array, Array]:
        """Places (K, 3) and weights (K,)."""
        return self.place(rows), self.weights(rows, frames)


def target_readers(
    context: bpy.types.Context,
    character: bpy.types.Object,
    choices: Sequence[TargetChoice],
    rigs: Mapping[str, GazeRig],
    unit_m: float,
) -> list[TargetReader]:
    """Readers for a character's targets.

    Args:
        context: for reading other characters.
        character: who looks.
        choices: what at.
        rigs: characters read already, by the name of their owner.
        unit_m: metres in one Blender unit.

    Raises:
        GazeError: there is no target, or one cannot be looked at.
    """
    if not choices:
        raise GazeError(f"'{character.name}' has nothing to look at. Add a target under Targets")
    return [_reader(context, character, choice, rigs, unit_m) for choice in choices]


def _reader(
    context: bpy.types.Context,
    character: bpy.types.Object,
    choice: TargetChoice,
    rigs: Mapping[str, GazeRig],
    unit_m: float,
) -> TargetReader:
    target = _checked(context, character, choice)
    face = None if choice.bone else _face_of(context, target, choice.kind, rigs)
    name = f"{target.name}, {choice.bone}" if choice.bone else target.name
    if face is not None:
        probes = rig_probes(face)
        owner = face.owner
        return TargetReader(
            name, choice.kind, (owner, character.name),
            {**probes, **_weight_probe(character, choice)},
            lambda rows: head_track(face, rows).positions, _weights(character, choice),
        )  # fmt: skip
    key = f"{target.name}|{choice.bone}|place"
    middle = _middle(target)
    probe = _bone_probe(target.name, choice.bone) if choice.bone else _probe(target.name)
    point = np.array([0.0, 0.0, 0.0, 1.0]) if choice.bone else middle
    return TargetReader(
        name, choice.kind, (target.name, character.name),
        {key: probe, **_weight_probe(character, choice)},
        lambda rows: blender_to_core_points((rows[key] @ point)[:, :3]) * unit_m,
        _weights(character, choice),
    )  # fmt: skip


def _checked(
    context: bpy.types.Context, character: bpy.types.Object, choice: TargetChoice
) -> bpy.types.Object:
    target = choice.target
    if target is None:
        raise GazeError(
            f"a target of '{character.name}' is empty. Choose an object for it, or remove it"
        )
    own = armature_of(character) or character
    if target in (character, own) and not choice.bone:
        raise GazeError(
            f"'{character.name}' cannot look at itself. Choose another target, or one of its bones"
        )
    # Not by its name: a linked object and its override have the same one.
    if all(each != target for each in context.scene.objects):
        raise GazeError(f"the target '{target.name}' is not in this scene. Choose another one")
    if choice.bone and (target.type != "ARMATURE" or choice.bone not in target.pose.bones):
        raise GazeError(
            f"the target '{target.name}' has no bone '{choice.bone}'. Choose another bone, or none"
        )
    return target


def _face_of(
    context: bpy.types.Context, target: bpy.types.Object, kind: str, rigs: Mapping[str, GazeRig]
) -> GazeRig | None:
    """The character that a target is or belongs to; None if it is a thing."""
    if target.type != "ARMATURE" and kind != "PARTNER":
        return None
    owner = armature_of(target) or target
    if owner.name in rigs:
        return rigs[owner.name]
    try:
        return read_rig(context, owner)
    except GazeError:
        return None  # no face after all: it is looked at as a thing


def _middle(target: bpy.types.Object) -> Array:
    """(4,) middle of a mesh's bounds, the origin of all else."""
    if target.type != "MESH" or not len(target.data.vertices):
        return np.array([0.0, 0.0, 0.0, 1.0])
    corners = np.array([tuple(corner) for corner in target.bound_box])
    return np.array([*(0.5 * (corners.min(axis=0) + corners.max(axis=0))), 1.0])


def _probe(name: str) -> Probe:
    return Probe(name, lambda evaluated: evaluated.matrix_world)


def _bone_probe(name: str, bone: str) -> Probe:
    return Probe(name, lambda evaluated: evaluated.matrix_world @ evaluated.pose.bones[bone].matrix)


def property_probe(name: str, path: str) -> Probe:
    """Value of an animated property of an object."""
    return Probe(name, lambda evaluated: evaluated.path_resolve(path))


def _weight_probe(character: bpy.types.Object, choice: TargetChoice) -> dict[str, Probe]:
    if not choice.weight_path:
        return {}
    key = f"{character.name}|{choice.weight_path}"
    return {key: property_probe(character.name, choice.weight_path)}


def _weights(
    character: bpy.types.Object, choice: TargetChoice
) -> Callable[[Mapping[str, Array], int], Array]:
    key = f"{character.name}|{choice.weight_path}"
    if choice.weight_path:
        return lambda rows, _frames: rows[key]
    return lambda _rows, frames: np.full(frames, choice.weight)
