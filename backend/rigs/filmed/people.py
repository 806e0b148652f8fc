"""Who is filmed: people of the demo, rigged models from files, bare bodies; and their joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rigs.human import Person as BarePerson
from backend.rigs.human import build_human
from blender_addon.blender.rig.skeleton import RigSkeleton, read_skeleton
from blender_addon.core.errors import InputError
from blender_addon.core.video.points import JOINTS
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import draw_person

Array = NDArray[np.float64]
Colour = tuple[float, float, float]

_NOT_SKULL: Final = ("Hair", "Beard")
_PARTS: Final = {
    "shoes": ("Foot", "Toe"),
    "trousers": ("Hips", "Leg"),
    "skin": ("Head", "Neck", "Hand"),
}
"""Endings of the joints whose skin has a colour of its own; the rest is the shirt."""
_HEAD_M, _FOREHEAD_M, _NAPE_M, _EARS_BACK_M = 0.26, 0.20, 0.08, 0.12
"""A head's height, and from where on it has hair: above, and behind the face."""


@dataclass(frozen=True)
class Figure:
    """Who is to be filmed.

    Args:
        seed: of a person of the demo, and of the colours of the others.
        traits: what is chosen of a person of the demo.
        file: a .glb with a rigged body instead; bare where both this and ``human`` are None.
        human: folder of the published human body, for a body without clothes.
        rig: of that body, one of ``HUMAN_RIGS``.
        bare: who has that body.
        naming: of the bones of a person of the demo.
    """

    seed: int = 0
    traits: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    human: Path | None = None
    rig: str = "mixamo"
    bare: BarePerson = field(default_factory=BarePerson)
    naming: str = "RIGIFY"

    @property
    def name(self) -> str:
        """For files and tables."""
        if self.file is not None:
            return self.file.stem
        if self.human is not None:
            return f"bare-{self.bare.sex}-{self.bare.age}-{self.bare.weight}-{self.rig}"
        return f"person-{self.seed}"


@dataclass(frozen=True, eq=False)
class Cast:
    """Somebody in the scene.

    Args:
        armature: that moves.
        rig: as the extension reads it.
        bones: bone of each of ``points.JOINTS`` but the last two, then the head's.
        skull_m: (3,) the top of the skull in the head bone's own rest axes.
    """

    armature: bpy.types.Object
    rig: RigSkeleton
    bones: Sequence[str]
    skull: Array

    def joints(self, depsgraph: bpy.types.Depsgraph) -> Array:
        """(14, 3) where the joints are now, Blender's world."""
        seen = self.armature.evaluated_get(depsgraph)
        world = np.array(seen.matrix_world, np.float64)
        poses = {name: np.array(seen.pose.bones[name].matrix, np.float64) for name in self.bones}
        places = [poses[name][:3, 3] for name in self.bones[:-1]]
        shoulders = [JOINTS.index(name) for name in ("LeftArm", "RightArm")]
        neck = np.mean([places[n] for n in shoulders], axis=0)
        top = poses[self.bones[-1]] @ np.append(self.skull, 1.0)
        local = np.stack((*places, neck, top[:3]))
        return np.asarray(local @ world[:3, :3].T + world[:3, 3])


def add_figure(context: bpy.types.Context, figure: Figure) -> Cast:
    """Put somebody into the scene at its origin, looking along −Y.

    Raises:
        InputError: a model has no armature.
    """
    if figure.file is not None:
        armature = _add_model(figure.file)
    elif figure.human is not None:
        armature = build_human(figure.human, figure.rig, figure.bare)
    else:
        drawn = draw_person(figure.seed, figure.traits)
        armature = add_person(context, "", drawn, figure.naming)
    for mesh in meshes_of(armature):
        if mesh.data.shape_keys is not None:
            mesh.shape_key_clear()  # faces do not move here, and shapes cost time on every frame
    layer = context.view_layer
    if layer is not None:
        layer.update()
    rig = read_skeleton(context, armature)
    by_joint = {joint: bone for bone, joint in rig.joint_map.items()}
    bones = [by_joint[name] for name in (*JOINTS[:-2], "Head")]
    if figure.file is not None or figure.human is not None:
        _dress(armature, rig, np.random.default_rng([figure.seed, 7]))
    return Cast(armature, rig, bones, _skull(armature, by_joint["Head"]))


def meshes_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """What an armature deforms."""
    return [each for each in armature.children_recursive if each.type == "MESH"]


def _add_model(file: Path) -> bpy.types.Object:
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(file))
    added = [each for each in bpy.data.objects if each not in before]
    armature = next((each for each in added if each.type == "ARMATURE"), None)
    if armature is None:
        raise InputError(f"{file} holds no armature; give a rigged person")
    for each in added:
        if each.type == "MESH" and each not in armature.children_recursive:
            bpy.data.objects.remove(each)  # what the importer draws bones with
    return armature


def _skull(armature: bpy.types.Object, head: str) -> Array:
    """The top of the skull over the head's bone, at rest, in that bone's axes."""
    bone = armature.data.bones[head]
    armature.data.pose_position = "REST"
    bpy.context.view_layer.update()
    upright = np.array(armature.matrix_world, np.float64)
    tops = [
        (upright @ np.append(_places(mesh, armature).max(axis=0, keepdims=True)[0], 1.0))[2]
        for mesh in meshes_of(armature)
        if not any(word in mesh.name for word in _NOT_SKULL)
    ]
    armature.data.pose_position = "POSE"
    bpy.context.view_layer.update()
    tail = upright @ np.append(np.array(bone.tail_local), 1.0)
    top = np.append(tail[:2], (max(tops), 1.0))
    rest = upright @ np.array(bone.matrix_local, np.float64)
    return np.asarray((np.linalg.inv(rest) @ top)[:3])


def _places(mesh: bpy.types.Object, armature: bpy.types.Object) -> Array:
    """(V, 3) vertices at rest in the armature's axes."""
    places = np.empty(3 * len(mesh.data.vertices), np.float32)
    mesh.data.vertices.foreach_get("co", places)
    into = np.array(armature.matrix_world.inverted() @ mesh.matrix_world, np.float64)
    return np.asarray(places.reshape(-1, 3) @ into[:3, :3].T + into[:3, 3])


def _dress(armature: bpy.types.Object, rig: RigSkeleton, rng: np.random.Generator) -> None:
    """Give a body of one colour skin, hair and clothes, by the bones that hold its faces."""
    colours = {
        "skin": _mixed(rng, (0.55, 0.32, 0.22), (0.12, 0.06, 0.04)),
        "hair": _mixed(rng, (0.02, 0.012, 0.01), (0.35, 0.22, 0.1)),
        **{name: tuple(rng.uniform(0.02, 0.6, 3)) for name in ("shirt", "trousers", "shoes")},
    }
    names = tuple(colours)
    part_of = {bone: _part(joint) for bone, joint in rig.joint_map.items()}
    for mesh in meshes_of(armature):
        data: Any = mesh.data
        data.materials.clear()
        for name, colour in colours.items():
            made = bpy.data.materials.new(f"{armature.name} {name}")
            made.diffuse_color = (*colour, 1.0)
            made.roughness = 0.9
            data.materials.append(made)
        parts = np.array([names.index(p) for p in _parts_of_vertices(mesh, armature, part_of)])
        _give_hair(parts, _places(mesh, armature), names)
        corners = np.empty(len(data.polygons), np.int32)
        data.polygons.foreach_get("loop_start", corners)
        loops = np.empty(len(data.loops), np.int32)
        data.loops.foreach_get("vertex_index", loops)
        data.polygons.foreach_set("material_index", parts[loops[corners]].astype(np.int32))
        data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), np.bool_))
        data.update()


def _mixed(rng: np.random.Generator, light: Colour, dark: Colour) -> Colour:
    share = rng.uniform()
    return tuple(share * np.array(light) + (1.0 - share) * np.array(dark))


def _part(joint: str) -> str:
    return next((part for part, ends in _PARTS.items() if joint.endswith(ends)), "shirt")


def _parts_of_vertices(
    mesh: bpy.types.Object, armature: bpy.types.Object, part_of: Mapping[str, str]
) -> list[str]:
    """Part of each vertex: that of the bone that holds it most, or of the next above with one."""
    bones = armature.data.bones

    def of_bone(name: str) -> str:
        bone = bones.get(name)
        while bone is not None and bone.name not in part_of:
            bone = bone.parent
        return "shirt" if bone is None else part_of[bone.name]

    parts = [of_bone(group.name) for group in mesh.vertex_groups]
    found = []
    for vertex in mesh.data.vertices:
        most = max(vertex.groups, key=lambda each: each.weight, default=None)
        found.append("shirt" if most is None else parts[most.group])
    return found


def _give_hair(parts: NDArray[np.int64], places: Array, names: tuple[str, ...]) -> None:
    """What of the head is high or at the back is hair; people look along −Y."""
    head = np.flatnonzero(parts == names.index("skin"))
    high = places[:, 2].max()
    head = head[places[head, 2] > high - _HEAD_M]
    if not len(head):
        return
    rise = places[head, 2] - (high - _HEAD_M)
    back = places[head, 1] - places[head, 1].min()
    is_hair = (rise > _FOREHEAD_M) | ((back > _EARS_BACK_M) & (rise > _NAPE_M))
    parts[head[is_hair]] = names.index("hair")
