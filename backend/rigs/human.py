"""Human bodies on five rigs with their true weights, from the data folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from .body import Base, Shares, read_base, read_person

Array = NDArray[np.float64]

HUMAN_RIGS: Final = ("default", "game_engine", "mixamo", "cmu_mb", "human_toes")
"""MakeHuman's own, Unreal's names, Mixamo's, CMU's and the meta-rig of Rigify."""
_META_RIG: Final = "human_toes"
_LEAST_WEIGHT: Final = 1e-5


@dataclass(frozen=True)
class Person:
    """Who is built: see ``read_person``."""

    sex: Shares = "female"
    age: Shares = "young"
    weight: Shares = "average"
    ancestry: Shares = "caucasian"

    def vertices(self, folder: Path) -> Array:
        """(V, 3) metres, Blender's axes, on the ground."""
        return read_person(folder, **asdict(self))


def build_human(folder: Path, rig: str, person: Person | None = None) -> bpy.types.Object:
    """Make the armature and its skinned body in the present scene, standing on the ground.

    Args:
        folder: of the data, with ``base.obj.gz``, ``macro`` and ``rigs``.
        rig: one of ``HUMAN_RIGS``.
        person: a young woman of average weight where it is None.
    """
    base, places = read_base(folder), (person or Person()).vertices(folder)
    armature = add_armature(base, places, read_bones(folder, rig), rig)
    add_body(base, places, armature, _for_bones(armature, read_weights(folder, rig)))
    return armature


def _for_bones(armature: bpy.types.Object, told: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Weights by bone that is there: a meta-rig has one where a generated rig has two halves."""
    weights: dict[str, list[Any]] = {}
    for name, rows in told.items():
        plain = name.removeprefix("DEF-")
        names = (name, plain, plain.removesuffix(".001"))
        bone = next((each for each in names if each in armature.data.bones), name)
        weights.setdefault(bone, []).extend(rows)
    return weights


@cache
def read_bones(folder: Path, rig: str) -> Mapping[str, Any]:
    """Each bone of a rig as its file tells it, by name."""
    told = _read(folder, f"rig.{rig}" if rig != _META_RIG else f"rigify.{rig}")
    return told.get("bones", told)  # type: ignore[no-any-return]


@cache
def read_weights(folder: Path, rig: str) -> Mapping[str, Any]:
    """Rows (vertex, weight) by bone."""
    told = _read(folder, f"weights.{rig}" if rig != _META_RIG else f"rigify.weights.{rig}")
    return told["weights"]  # type: ignore[no-any-return]


def _read(folder: Path, name: str) -> Any:
    return json.loads(gzip.decompress((folder / "rigs" / f"{name}.json.gz").read_bytes()))


def add_armature(
    base: Base, places: Array, bones: Mapping[str, Any], name: str
) -> bpy.types.Object:
    """The bones of a rig where a person's joints are."""
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, told in bones.items():
        added = data.edit_bones.new(bone)
        added.head, added.tail = (_place(told[end], places, base) for end in ("head", "tail"))
        _roll(added, told)
    for bone, told in bones.items():
        if told["parent"]:
            data.edit_bones[bone].parent = data.edit_bones[told["parent"]]
            data.edit_bones[bone].use_connect = told["use_connect"]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _place(end: Mapping[str, Any], places: Array, base: Base) -> Array:
    """Where a bone begins or ends: a cube's or vertices' middle, or an axis from each of three."""
    if end["strategy"] == "XYZ":
        return np.array([places[v, axis] for axis, v in enumerate(end["vertex_indices"])])
    if end["strategy"] == "CUBE":
        chosen = base.groups[end["cube_name"]]
    elif end["strategy"] == "VERTEX":
        chosen = np.array([end["vertex_index"]])
    else:
        chosen = np.array(end["vertex_indices"])
    return np.asarray(places[chosen].mean(axis=0) + end.get("offset", (0.0, 0.0, 0.0)))


def _roll(bone: bpy.types.EditBone, told: Mapping[str, Any]) -> None:
    strategy = told.get("roll_strategy")
    if strategy == "ALIGN_Z_WORLD_Z":
        bone.align_roll(Vector((0.0, 0.0, 1.0)))
    elif strategy == "ALIGN_X_WORLD_X":
        bone.align_roll(Vector((1.0, 0.0, 0.0)).cross(bone.y_axis))
    else:
        bone.roll = told["roll"]


def add_body(
    base: Base,
    places: Array,
    armature: bpy.types.Object,
    weights: Mapping[str, Any],
) -> bpy.types.Object:
    """The body's mesh, deformed by an armature.

    Args:
        base: gives its faces.
        places: (V, 3) of a person.
        armature: what deforms it.
        weights: rows (vertex, weight) by bone; bones that the armature lacks are left out.
    """
    used = int(base.groups["body"].max()) + 1
    mesh = bpy.data.meshes.new("Body")
    mesh.from_pydata(places[:used].tolist(), [], list(base.faces["body"]))
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    weigh(body, armature, weights, np.arange(used))
    body.parent = armature
    modifier: Any = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return body


def weigh(
    obj: bpy.types.Object, armature: bpy.types.Object, weights: Mapping[str, Any], kept: Array
) -> None:
    """Vertex groups of a mesh made of some of the base mesh's vertices.

    Args:
        obj: the mesh.
        armature: bones that it lacks are left out.
        weights: rows (vertex of the base mesh, weight) by bone.
        kept: (N,) vertex of the base mesh of each of the mesh's.
    """
    for bone, own in _own_weights(weights, kept):
        if bone in armature.data.bones and len(own):
            group = obj.vertex_groups.new(name=bone)
            for vertex, weight in own:
                group.add([int(vertex)], float(weight), "ADD")


def _own_weights(weights: Mapping[str, Any], kept: Array) -> Iterator[tuple[str, Array]]:
    own = np.full(1 + int(kept.max()), -1)
    own[kept] = np.arange(len(kept))
    for bone, rows in weights.items():
        table = np.array(rows, np.float64).reshape(-1, 2)
        table = table[(table[:, 0] <= kept.max()) & (table[:, 1] > _LEAST_WEIGHT)]
        vertices = own[table[:, 0].astype(np.int64)]
        yield bone, np.stack((vertices, table[:, 1]), axis=1)[vertices >= 0]
