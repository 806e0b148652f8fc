"""Which face speaks: its meshes, its shapes and bones, and what keeps them from showing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy

from ...blender.drivers import acting_drivers, heard_by
from ...blender.face.shape_keys import (
    armature_of,
    check_face_meshes,
    driven_shapes,
    face_channels,
    find_face_meshes,
    having_shapes,
    shape_key_names,
)
from ...blender.face.shown import what_drivers_hide, what_hides_shapes
from ...blender.rig.face_axes import armature_face_axes
from ...blender.rig.steering import steering
from ...core.errors import FaceError
from ...core.face.arkit import JAW, MOUTH
from ...core.face.bone_names import find_part
from ...core.face.maps import FaceMapping
from ...core.face.table import TableRow, TargetKind, mapping_to_table, table_to_mapping
from ...core.wording import listed
from .bones import check_bones

JAW_OPENS_DEG: Final = 25.0
"""Turn of a jaw bone that is found by its name, from shut to wide open."""
_OPENING: Final = frozenset(
    (
        "jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
        "mouthUpperUpRight",
    )
)  # fmt: skip
_MOUTH: Final = frozenset((*JAW, *MOUTH, "tongueOut"))


@dataclass(frozen=True)
class Face:
    """What of a character speaks.

    Args:
        meshes: that have shapes.
        rows: the channel table.
        mapping: the table's shapes.
    """

    meshes: Sequence[bpy.types.Object]
    rows: Sequence[TableRow]
    mapping: FaceMapping

    @property
    def moved_channels(self) -> set[str]:
        """ARKit channels that anything makes."""
        bones = (r.channel for r in self.rows if r.moves and r.kind is not TargetKind.SHAPE)
        visemes = (name for each in self.mapping.visemes for name in each.weights)
        return {*self.mapping.targets, *visemes, *bones}

    @property
    def opening_shapes(self) -> set[str]:
        """Shapes that open the mouth."""
        direct = {s for c in _OPENING for s, _ in self.mapping.targets.get(c, ())}
        return direct | {v.shape for v in self.mapping.visemes if _OPENING & set(v.weights)}


def find_jaw(armature: bpy.types.Object | None) -> str:
    """The bone that opens the mouth, by its name, if keys on it show; else empty."""
    if armature is None:
        return ""
    found = find_part(armature.data.bones.keys(), "jaw")
    free = (each.name for each in found if not each.side and _is_free(armature, each.name))
    return next(free, "")


def can_speak(character: bpy.types.Object) -> bool:
    """Whether there is anything that might move, told quickly."""
    return bool(find_face_meshes(character) or find_jaw(armature_of(character)))


def propose_table(character: bpy.types.Object) -> tuple[str, list[TableRow]]:
    """The channel table for a character as the names of its shapes and bones tell it.

    Returns:
        Family of the names, empty if none is known, and the rows; an unknown face gets a row with
        no target for every channel of speech.

    Raises:
        FaceError: the character has no shape keys that could be animated, and no jaw.
    """
    meshes = find_face_meshes(character)
    face = _found(character, meshes)
    if not face.moved_channels & _OPENING:
        check_face_meshes(character, meshes)
    jaw = [row for row in face.rows if row.kind is not TargetKind.SHAPE]
    return face.mapping.family or ("jaw bone" if jaw else ""), list(face.rows)


def read_face(character: bpy.types.Object, table: Sequence[TableRow] | None) -> Face:
    """The face of a character.

    Args:
        character: as chosen.
        table: what moves what; None for whatever is known by its name.

    Raises:
        FaceError: there is nothing to speak with; says what to do.
    """
    meshes = find_face_meshes(character)
    if table is None:
        face = _found(character, meshes)
    else:
        face = Face(meshes, list(table), table_to_mapping(table))
    bones = any(row.moves and row.kind is not TargetKind.SHAPE for row in face.rows)
    used = having_shapes(meshes, face.mapping.shapes)
    if used or not bones:
        check_face_meshes(character, used or meshes)
    check_bones(armature_of(character), face.rows)
    names = shape_key_names(meshes)
    if unknown := [name for name in face.mapping.shapes if name not in names]:
        raise FaceError(
            f"'{character.name}' has no shape {listed(unknown)}, which the channel table moves. "
            "Choose other targets in the table, or find the channels anew"
        )
    if not face.mapping.shapes and not bones:
        raise FaceError(_nothing_known(character, meshes, names))
    if not bones:
        _check_some_free(character, meshes, face.mapping.shapes)
    return face


def face_warnings(character: bpy.types.Object, face: Face) -> list[str]:
    """What will not be seen to move, and why."""
    shapes = face.mapping.shapes
    warnings = _lacking(character, face)
    for mesh in face.meshes:
        warnings += what_drivers_hide(mesh, shapes)
    warnings += what_hides_shapes(character, face.meshes, shapes, face.opening_shapes)
    return [*warnings, *_steered(character, face.rows)]


def _found(character: bpy.types.Object, meshes: Sequence[bpy.types.Object]) -> Face:
    """What names tell; a jaw bone opens the mouth where no shape does."""
    mapping = face_channels(meshes)
    rows = mapping_to_table(mapping)
    face = Face(meshes, rows, mapping)
    jaw = "" if face.moved_channels & _OPENING else find_jaw(armature_of(character))
    if not jaw:
        return face
    opens = TableRow("jawOpen", jaw, JAW_OPENS_DEG, TargetKind.ROTATION)
    return Face(meshes, [opens, *(row for row in rows if row.channel != "jawOpen")], mapping)


def _nothing_known(
    character: bpy.types.Object, meshes: Sequence[bpy.types.Object], names: Sequence[str]
) -> str:
    if not names:
        own = listed([mesh.name for mesh in meshes])
        return (
            f"{own} has a rest shape and no other shape key, so nothing can move. Give it shapes "
            "such as the ARKit ones, or choose a jaw bone under Channels"
        )
    return (
        f"none of the {len(names)} shapes of '{character.name}' has a name that is known "
        f"here: {listed(names)}. Open Channels and choose a target for each channel"
    )


def _check_some_free(
    character: bpy.types.Object, meshes: Sequence[bpy.types.Object], shapes: Sequence[str]
) -> None:
    """Refuse a face all of whose shapes are driven: no key would show."""
    used = having_shapes(meshes, shapes)
    own = {m.name: {b.name for b in m.data.shape_keys.key_blocks} & set(shapes) for m in used}
    if any(own[m.name] - set(driven_shapes(m, shapes)) for m in used):
        return
    heard = listed(heard_by(d for m in used for d in acting_drivers(m.data.shape_keys)))
    listens = f", which listen to {heard}" if heard else ""
    raise FaceError(
        f"drivers move all shapes of '{character.name}' that could speak{listens}, so no key would "
        "show. Mute the drivers, or choose what they listen to under Channels"
    )


def _lacking(character: bpy.types.Object, face: Face) -> list[str]:
    """Parts of a mouth that nothing moves."""
    moved = face.moved_channels
    if moved & _OPENING:
        return []
    names = listed(face.mapping.shapes)
    has = f"found {names}" if names else "nothing was found"
    what = "opens the mouth" if moved & _MOUTH else "moves the mouth"
    told = (
        f"nothing {what} of '{character.name}': expected a shape such as 'jawOpen' (ARKit), "
        f"'Jaw_Open' (Character Creator) or 'A' (VRM), or a jaw bone; {has}. Choose a target for "
        "jawOpen under Channels"
    )
    return [told]


def _is_free(armature: bpy.types.Object, bone: str) -> bool:
    locked = any(armature.pose.bones[bone].lock_rotation)
    return not locked and not steering(armature, bone)


def _steered(character: bpy.types.Object, rows: Sequence[TableRow]) -> list[str]:
    """Bones of the table whose keys something else hides, or whose way is not known."""
    armature, found = armature_of(character), []
    moving = [row for row in rows if row.moves and row.kind is not TargetKind.SHAPE]
    for row in moving if armature is not None else ():
        turns = row.kind is TargetKind.ROTATION
        if problem := steering(armature, row.target, "rotation" if turns else "location"):
            found.append(f"the bone '{row.target}' {problem}")
        if turns and armature_face_axes(armature, [row.target]) is None:
            found.append(
                f"nothing in '{armature.name}' tells where the face looks, so '{row.target}' turns "
                "about the armature's X axis. If the chin goes up, make the gain negative under "
                "Channels"
            )
    return list(dict.fromkeys(found))
