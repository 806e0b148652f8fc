"""One human head with the faces that other programs give it: shapes, bones, shallow eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bmesh
import bpy
import numpy as np
from numpy.typing import NDArray

from .body import Base, read_base, read_target
from .face_shapes import SHAPE_SETS, Mixture
from .generated import make_rigify_human
from .human import Person, add_armature, read_bones, read_weights, weigh
from .metarig import META_RIG, generated_bone
from .persons import RIGIFY

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SKIN: Final = (
    "body", "helper-l-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-1",
    "helper-r-eyelashes-2", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue",
)  # fmt: skip
EYES: Final = ("helper-l-eye", "helper-r-eye")
_EYE_BONES: Final = {"LeftEye": "joint-l-eye", "RightEye": "joint-r-eye"}
_HEADS: Final = {"mixamo": "mixamorig:Head", "game_engine": "head"}
_IRIS: Final = 0.42  # of an eyeball's radius, seen from the front
_PUPIL: Final = 0.18
_SHALLOW, _FLAT = 0.4, 0.1  # depth that is left of the white and of the iris of a shallow eye
_BEHIND_M: Final = 0.001
_HEAD_FROM: Final = 0.83  # of the height: what is lower shows no face


@dataclass(frozen=True)
class FaceBuild:
    """How a face is made.

    Args:
        shapes: one of ``SHAPE_SETS``.
        rig: default, mixamo, game_engine, or rigify.
        eye_bones: bones are added for the eyes where the rig has none.
        looks: the eyeLook shapes turn the eyeballs too, as ARKit's do; else only the lids.
        shallow: flat irises turn before shallow whites, which stay.
    """

    shapes: str
    rig: str = "mixamo"
    eye_bones: bool = True
    looks: bool = False
    shallow: bool = False


FACES: Final[Mapping[str, FaceBuild]] = {
    "ARKit shapes": FaceBuild("ARKit", eye_bones=False, looks=True),
    "ARKit shapes, eye bones": FaceBuild("ARKit"),
    "ARKit shapes that turn the eyes, eye bones": FaceBuild("ARKit", looks=True),
    "ARKit shapes, jaw and eye bones": FaceBuild("ARKit", "default", looks=True),
    "VRM 0": FaceBuild("VRM 0"),
    "VRM 1": FaceBuild("VRM 1", "game_engine"),
    "Oculus visemes": FaceBuild("Oculus"),
    "Preston Blair": FaceBuild("Preston Blair", "game_engine"),
    "jaw and eye bones": FaceBuild("", "default"),
    "ARKit shapes, shallow eyes": FaceBuild("ARKit", shallow=True),
    "VRM 0, shallow eyes": FaceBuild("VRM 0", shallow=True),
    "Rigify's face": FaceBuild("", RIGIFY),
}


def build_face(folder: Path, build: FaceBuild, person: Person | None = None) -> bpy.types.Object:
    """Make the armature with the meshes "Face" and "Eyes" in the present scene.

    Args:
        folder: of the data on the human body.
        build: what the face is made of.
        person: whose head; a young woman's where it is None.
    """
    person = person or Person()
    base, places = read_base(folder), person.vertices(folder)
    if build.rig == RIGIFY:
        armature = make_rigify_human(folder, person)
        bpy.data.objects.remove(armature.children[0])
        told = read_weights(folder, META_RIG)
        weights = {generated_bone(armature, name): rows for name, rows in told.items()}
    else:
        armature = add_armature(base, places, read_bones(folder, build.rig), "Character")
        weights = dict(read_weights(folder, build.rig))
    if build.eye_bones and build.rig in _HEADS:
        _add_eye_bones(armature, base, places, _HEADS[build.rig])
        weights |= {
            bone: [(v, 1.0) for v in base.groups[group]]
            for bone, group in zip(_EYE_BONES, EYES, strict=True)
        }
        weights[_HEADS[build.rig]] = _without(weights[_HEADS[build.rig]], base, EYES)
    moved = {name: _mixed(folder, places, m) for name, m in SHAPE_SETS[build.shapes].items()}
    if not build.looks:
        eyes = np.concatenate([base.groups[name] for name in EYES])
        for offsets in moved.values():
            offsets[eyes] = 0.0
    if build.shallow:
        _add_shallow_face(base, places, armature, weights, moved)
    else:
        _add_mesh("Face", _faces(base, places, SKIN), places, armature, weights, moved)
        eyes = _add_mesh("Eyes", _faces(base, places, EYES), places, armature, weights, moved)
        _colour_eyes(eyes.data)
    bpy.context.view_layer.update()
    return armature


def _add_shallow_face(
    base: Base,
    places: Array,
    armature: bpy.types.Object,
    weights: dict[str, Any],
    moved: Mapping[str, Array],
) -> None:
    """Flat irises that turn before shallow whites that stay, as VRoid makes them."""
    _add_mesh(
        "Eyes", _faces(base, places, EYES), _pressed(base, places, 0.0), armature, weights, {}
    )
    eyes = bpy.data.objects["Eyes"]
    _colour_eyes(eyes.data)
    _keep_irises(eyes.data)
    head = next(bone for bone in _HEADS.values() if bone in armature.data.bones)
    balls = {int(vertex) for name in EYES for vertex in base.groups[name]}
    still = {n: rows for n, rows in weights.items() if n not in _EYE_BONES}
    still[head] = [*map(tuple, still[head]), *((vertex, 1.0) for vertex in balls)]
    surfaces = _faces(base, places, (*SKIN, *EYES))
    face = _add_mesh("Face", surfaces, _pressed(base, places, _BEHIND_M), armature, still, moved)
    for name in ("Skin", "EyeWhite"):
        material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
        face.data.materials.append(material)
    for polygon, corners in zip(face.data.polygons, surfaces, strict=True):
        polygon.material_index = int(corners[0] in balls)


def _pressed(base: Base, places: Array, behind_m: float) -> Array:
    """The eyes as shallow shells so far behind where their foremost points were."""
    flat = places.copy()
    for name in EYES:
        own = base.groups[name]
        front = places[own, 1].min()
        depth = _SHALLOW if behind_m else _FLAT
        flat[own, 1] = front + behind_m + depth * (places[own, 1] - front)
    return flat


def _keep_irises(mesh: bpy.types.Mesh) -> None:
    """Take out what is white."""
    kept = bmesh.new()
    kept.from_mesh(mesh)
    white = [face for face in kept.faces if not face.material_index]
    bmesh.ops.delete(kept, geom=white, context="FACES")
    kept.to_mesh(mesh)
    kept.free()
    base = list(mesh["base_vertices"])
    numbers: Any = mesh.attributes["number"]
    mesh["base_vertices"] = [base[each.value] for each in numbers.data]


def _faces(base: Base, places: Array, surfaces: tuple[str, ...]) -> list[tuple[int, ...]]:
    """The faces of surfaces that lie on the head."""
    head = places[:, 2] > _HEAD_FROM * places[base.groups["body"], 2].max()
    return [face for name in surfaces for face in base.faces[name] if head[list(face)].all()]


def _mixed(folder: Path, places: Array, mixture: Mixture) -> Array:
    total = np.zeros_like(places)
    for name, weight in mixture.items():
        vertices, offsets = read_target(folder / "faceunits" / f"{name}.target.gz")
        total[vertices] += weight * offsets
    return total


def _add_mesh(
    title: str,
    faces: Sequence[tuple[int, ...]],
    places: Array,
    armature: bpy.types.Object,
    weights: Mapping[str, Any],
    moved: Mapping[str, Array],
) -> bpy.types.Object:
    kept = np.unique(np.concatenate(faces))
    own = np.full(len(places), -1)
    own[kept] = np.arange(len(kept))
    mesh = bpy.data.meshes.new(title)
    mesh.from_pydata(places[kept].tolist(), [], [own[list(face)].tolist() for face in faces])
    obj = bpy.data.objects.new(title, mesh)
    bpy.context.scene.collection.objects.link(obj)
    weigh(obj, armature, weights, kept)
    obj.parent = armature
    modifier: Any = obj.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    mesh["base_vertices"] = kept.tolist()
    numbers: Any = mesh.attributes.new("number", "INT", "POINT")
    numbers.data.foreach_set("value", np.arange(len(kept), dtype=np.int32))
    changing = {name: offsets[kept] for name, offsets in moved.items() if offsets[kept].any()}
    if changing or (moved and title == "Face"):
        _add_shapes(obj, changing if title == "Eyes" else {n: o[kept] for n, o in moved.items()})
    return obj


def _add_shapes(obj: bpy.types.Object, moved: Mapping[str, Array]) -> None:
    basis = obj.shape_key_add(name="Basis")
    rest = np.empty(3 * len(obj.data.vertices), np.float32)
    basis.data.foreach_get("co", rest)
    for name, offsets in moved.items():
        block = obj.shape_key_add(name=name, from_mix=False)
        block.value = 0.0  # newer Blenders begin at 1
        block.data.foreach_set("co", rest + offsets.astype(np.float32).ravel())


def _colour_eyes(mesh: bpy.types.Mesh) -> None:
    """White, iris and pupil by how far a face is beside the eye's axis."""
    for name in ("EyeWhite", "EyeIris", "EyePupil"):
        mesh.materials.append(bpy.data.materials.new(name))
    places = np.array([vertex.co[:] for vertex in mesh.vertices])
    for side in (places[:, 0] > 0.0, places[:, 0] < 0.0):
        middle = 0.5 * (places[side].max(axis=0) + places[side].min(axis=0))
        radius = 0.5 * float(np.ptp(places[side][:, 0]))
        for face in mesh.polygons:
            if side[face.vertices[0]] and face.center.y < middle[1]:
                beside = float(np.hypot(*(np.array(face.center) - middle)[[0, 2]])) / radius
                face.material_index = 2 if beside < _PUPIL else 1 if beside < _IRIS else 0


def _add_eye_bones(armature: bpy.types.Object, base: Base, places: Array, head: str) -> None:
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name, cube in _EYE_BONES.items():
        bone = armature.data.edit_bones.new(name)
        bone.head = places[base.groups[cube]].mean(axis=0)
        bone.tail = bone.head + bone.head.__class__((0.0, -0.02, 0.0))
        bone.parent = armature.data.edit_bones[head]
    bpy.ops.object.mode_set(mode="OBJECT")


def _without(rows: Any, base: Base, surfaces: tuple[str, ...]) -> Array:
    table = np.array(rows, np.float64).reshape(-1, 2)
    eyes = np.concatenate([base.groups[name] for name in surfaces])
    return np.asarray(table[~np.isin(table[:, 0], eyes)])
