"""Why keys on shapes may show nothing, or show elsewhere, in the user's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.wording import listed
from ..vertices import coordinates, shape_offsets
from .shape_keys import belongs_to_character, driven_shapes

_MOVED: Final = 1e-6  # of a face's size
_MANY: Final = 0.5  # of the shapes that move nothing
_SHAPE_KEYS: Final = "Properties ▸ Data ▸ Shape Keys"

Array = NDArray[np.float64]


def what_hides_shapes(
    character: bpy.types.Object,
    meshes: Sequence[bpy.types.Object],
    shapes: Iterable[str],
    needed: Collection[str],
) -> list[str]:
    """A sentence for each thing that keeps keys from being seen, and one for each other object
    that would move along.

    Args:
        character: whose face it is.
        meshes: of the face.
        shapes: that get keys.
        needed: those of them without which it is no use.
    """
    desired = set(shapes)
    found = []
    for mesh in meshes:
        blocks = [b for b in mesh.data.shape_keys.key_blocks if b.name in desired]
        if blocks:
            chief = [block for block in blocks if block.name in needed] or blocks
            found += [*_switched_off(mesh, blocks), *_covered(mesh, chief)]
            found += _moved_along(character, mesh)
    return [*found, *_moving_nothing(meshes, desired, needed), *_unseen(meshes, desired)]


def what_drivers_hide(mesh: bpy.types.Object, shapes: Iterable[str]) -> list[str]:
    """A sentence on those of some shapes that drivers move; they are left out."""
    driven = driven_shapes(mesh, shapes)
    if not driven:
        return []
    told = (
        f"drivers move {listed(driven)} of '{mesh.name}', where no key has an effect; they are "
        "left out. Mute the drivers to have them move, too"
    )
    return [told]


def is_seen_to_move(
    context: bpy.types.Context, meshes: Sequence[bpy.types.Object], frames: tuple[int, int]
) -> bool:
    """Whether any of the meshes differs between two frames as Blender shows them.

    Whatever modifiers there are: a mesh that is the same in both is not seen to move. The caller
    puts the playhead back.
    """
    looks = []
    for frame in frames:
        context.scene.frame_set(frame)
        depsgraph = context.evaluated_depsgraph_get()
        looks.append([_as_shown(mesh.evaluated_get(depsgraph)) for mesh in meshes])
    return any(
        before.shape != after.shape or np.abs(before - after).max(initial=0.0) > 0.0
        for before, after in zip(*looks, strict=True)
    )


def _as_shown(evaluated: bpy.types.Object) -> Array:
    places = coordinates(evaluated.to_mesh().vertices)
    evaluated.to_mesh_clear()
    return places


def _switched_off(mesh: bpy.types.Object, blocks: Sequence[bpy.types.ShapeKey]) -> list[str]:
    found = []
    if muted := [block.name for block in blocks if block.mute]:
        found.append(
            f"{listed(muted)} of '{mesh.name}' {_are(muted)} switched off, so keys of "
            f"{_them(muted)} do not show. Tick {_them(muted)} in {_SHAPE_KEYS}"
        )
    if not mesh.data.shape_keys.use_relative:
        found.append(
            f"the shape keys of '{mesh.name}' are absolute: they play one after the other, and no "
            f"key of a single shape shows. Tick Relative in {_SHAPE_KEYS}"
        )
    if mesh.show_only_shape_key:
        active = mesh.active_shape_key
        alone = f" '{active.name}'" if active is not None else ""
        found.append(
            f"'{mesh.name}' is pinned to its active shape{alone}, so no key of a shape shows. "
            f"Click the pin in {_SHAPE_KEYS}"
        )
    return found


def _covered(mesh: bpy.types.Object, blocks: Sequence[bpy.types.ShapeKey]) -> list[str]:
    """Modifiers that put something else in the place of the shapes, or hide all that they move."""
    found = []
    modifier: Any  # of whichever kind
    for modifier in mesh.modifiers:
        if not modifier.show_viewport:
            continue
        replaced = modifier.type == "MESH_SEQUENCE_CACHE" or (
            modifier.type == "MESH_CACHE" and modifier.deform_mode == "OVERWRITE"
        )
        if replaced:
            found.append(
                f"the modifier '{modifier.name}' of '{mesh.name}' puts a cache in the place of its "
                "shapes, so no key of a shape shows. Switch it off"
            )
        elif modifier.type == "MASK" and _is_masked(mesh, blocks, modifier):
            found.append(
                f"the modifier '{modifier.name}' of '{mesh.name}' hides all that "
                f"{listed([block.name for block in blocks])} would move. Switch it off"
            )
    return found


def _is_masked(mesh: bpy.types.Object, blocks: Sequence[bpy.types.ShapeKey], mask: Any) -> bool:
    group = mesh.vertex_groups.get(mask.vertex_group)
    if mask.mode != "VERTEX_GROUP" or group is None:
        return False
    moved = np.any([_movement(block) > 0.0 for block in blocks], axis=0)
    inside = _weights(mesh, group, np.flatnonzero(moved)) > mask.threshold
    kept = ~inside if mask.invert_vertex_group else inside
    return bool(moved.any() and not kept.any())


def _moved_along(character: bpy.types.Object, mesh: bpy.types.Object) -> list[str]:
    others = [
        other.name
        for other in bpy.data.objects
        if other.data == mesh.data
        and other != mesh
        and other.users_scene
        and not belongs_to_character(other, character)
    ]
    if not others:
        return []
    shares = "shares" if len(others) == 1 else "share"
    told = (
        f"{listed(others)} {shares} the mesh of '{mesh.name}', so both move. Give one its own with "
        "Object ▸ Relations ▸ Make Single User ▸ Object & Data"
    )
    return [told]


def _moving_nothing(
    meshes: Sequence[bpy.types.Object], desired: set[str], needed: Collection[str]
) -> list[str]:
    """Shapes that change no mesh; a few that nothing depends on are usual."""
    seen: dict[str, bool] = {}
    limited: dict[str, str] = {}
    for mesh in meshes:
        least = _MOVED * max(mesh.dimensions.length, 1e-3)
        for block in mesh.data.shape_keys.key_blocks:
            if block.name not in desired or seen.get(block.name):
                continue
            moved = _movement(block)
            shows = bool(moved.max(initial=0.0) > least)
            group = mesh.vertex_groups.get(block.vertex_group)
            if shows and group is not None:
                places = np.flatnonzero(moved > least)
                shows = bool((moved[places] * _weights(mesh, group, places)).max() > least)
                if not shows:
                    limited[block.name] = group.name
            seen[block.name] = shows
    still = [name for name, shows in seen.items() if not shows]
    if not set(still) & set(needed) and len(still) <= _MANY * len(seen):
        return []
    groups = [f"'{limited[name]}'" for name in still if name in limited]
    why = f"; the vertex group {groups[0]} limits it to nothing" if groups else ""
    each, they = ("it", "changes") if len(still) == 1 else ("them", "change")
    return [
        (
            f"{listed(still)} {they} nothing in the mesh{why}. Shape {each} anew, clear the vertex "
            f"group in {_SHAPE_KEYS}, or choose other targets"
        )
    ]


def _unseen(meshes: Sequence[bpy.types.Object], desired: set[str]) -> list[str]:
    own = [m for m in meshes if any(b.name in desired for b in m.data.shape_keys.key_blocks)]
    if not own or any(mesh.visible_get() for mesh in own):
        return []
    names = listed([mesh.name for mesh in own])
    return [f"{names} cannot be seen in this view layer. Show the face in the Outliner"]


def _movement(block: bpy.types.ShapeKey) -> Array:
    """(V,) how far a shape moves each vertex."""
    apart = shape_offsets(block)
    return np.asarray(np.linalg.norm(apart, axis=1))


def _weights(
    mesh: bpy.types.Object, group: bpy.types.VertexGroup, chosen: NDArray[np.intp]
) -> Array:
    """(K,) weights of the chosen vertices in a group."""
    vertices = mesh.data.vertices
    return np.array(
        [
            next((g.weight for g in vertices[n].groups if g.group == group.index), 0.0)
            for n in chosen.tolist()
        ]
    )


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
