"""One human body with five rigs and their weights, from the data folder: feet with real soles."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HUMAN_RIGS: Final = ("default", "game_engine", "mixamo", "cmu_mb", "human_toes")
"""MakeHuman's own, Unreal's names, Mixamo's, CMU's and the meta-rig of Rigify."""
_DECIMETRE: Final = 0.1
_PERSON: Final = "caucasian-{}-young"


def build_human(folder: Path, rig: str, person: str = "female") -> bpy.types.Object:
    """Make the armature and its skinned body in the present scene, standing on the ground.

    Args:
        folder: of the data, with ``base.obj.gz``, ``macro`` and ``rigs``.
        rig: one of ``HUMAN_RIGS``.
        person: "female" or "male".
    """
    places, faces, cubes = _read_body(folder, person)
    bones = _read(folder, rig, "rig")
    data = bpy.data.armatures.new(rig)
    armature = bpy.data.objects.new(rig, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    _add_bones(data, bones.get("bones", bones), places, cubes)
    bpy.ops.object.mode_set(mode="OBJECT")
    used = int(faces.max()) + 1
    mesh = bpy.data.meshes.new("Body")
    mesh.from_pydata(places[:used].tolist(), [], faces.tolist())
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    _weigh(body, _read(folder, rig, "weights")["weights"], armature, used)
    body.parent = armature
    modifier: Any = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return armature


def _read(folder: Path, rig: str, kind: str) -> Any:
    name = f"{kind}.{rig}" if rig != "human_toes" else "rigify.human_toes"
    if rig == "human_toes" and kind == "weights":
        name = "rigify.weights.human_toes"
    return json.loads(gzip.decompress((folder / "rigs" / f"{name}.json.gz").read_bytes()))


@cache
def _read_body(
    folder: Path, person: str
) -> tuple[Array, NDArray[np.int64], Mapping[str, NDArray[np.int64]]]:
    """Vertices (V, 3) in metres, Blender's axes, faces of the body, and vertices of each cube."""
    vertices, faces, groups, group = [], [], {}, ""
    with gzip.open(folder / "base.obj.gz", "rt") as lines:
        for line in lines:
            word, *rest = line.split() or [""]
            if word == "v":
                vertices.append([float(value) for value in rest])
            elif word == "g":
                group = rest[0]
            elif word == "f":
                corners = [int(corner.split("/")[0]) - 1 for corner in rest]
                groups.setdefault(group, set()).update(corners)
                if group == "body":
                    faces.append(corners)
    places = np.array(vertices)
    with gzip.open(folder / "macro" / f"{_PERSON.format(person)}.target.gz", "rt") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                vertex, *moved = line.split()
                places[int(vertex)] += [float(value) for value in moved]
    places = _DECIMETRE * np.stack((places[:, 0], -places[:, 2], places[:, 1]), axis=1)
    places[:, 2] -= places[: max(map(max, faces)) + 1, 2].min()
    cubes = {name: np.array(sorted(members)) for name, members in groups.items()}
    return places, np.array(faces), cubes


def _add_bones(
    data: bpy.types.Armature, bones: Mapping[str, Any], places: Array, cubes: Mapping[str, Any]
) -> None:
    for name, bone in bones.items():
        added = data.edit_bones.new(name)
        added.head, added.tail = (_place(bone[end], places, cubes) for end in ("head", "tail"))
        added.roll = bone["roll"]
    for name, bone in bones.items():
        if bone["parent"]:
            data.edit_bones[name].parent = data.edit_bones[bone["parent"]]


def _place(end: Mapping[str, Any], places: Array, cubes: Mapping[str, Any]) -> Array:
    if end["strategy"] == "CUBE":
        chosen = cubes[end["cube_name"]]
    elif end["strategy"] == "VERTEX":
        chosen = np.array([end["vertex_index"]])
    else:
        chosen = np.array(end["vertex_indices"])
    return np.asarray(places[chosen].mean(axis=0))


def _weigh(
    body: bpy.types.Object, weights: Mapping[str, Any], armature: bpy.types.Object, used: int
) -> None:
    """Vertex groups; those of Rigify's deforming bones go to the meta-rig's bones."""
    for name, entries in weights.items():
        bone = name if name in armature.data.bones else name.removeprefix("DEF-")
        if bone not in armature.data.bones:
            continue
        group = body.vertex_groups.get(bone) or body.vertex_groups.new(name=bone)
        for vertex, weight in entries:
            if vertex < used:
                group.add([int(vertex)], float(weight), "ADD")
