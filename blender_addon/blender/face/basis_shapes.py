"""Shape keys made from a basis of a mesh: added once, found again, and taken back as one.

They are called NM PCA 01 and so on. A note on the shape keys says which basis they are of; where
another one has the name already, NM PCA 2 01 is taken. Keys that are not of this basis are never
touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import FaceError
from ...core.face.mesh_basis import MeshBasis, lay_over
from ...core.wording import in_brief, listed
from ..keys.undo import Undo
from ..vertices import coordinates
from .shape_keys import belongs_to_character, linked_keys

Array = NDArray[np.floating]

PREFIX: Final = "NM PCA"
_MARK: Final = "neural_motion_basis_"
_WIDEST: Final = 10.0
"""Blender's own limit of a slider."""
_ROOM: Final = 1.25


def mesh_of_basis(character: bpy.types.Object, vertex_count: int) -> bpy.types.Object:
    """The mesh of a character that has so many vertices.

    Args:
        character: a mesh, or an armature standing for its meshes.
        vertex_count: of the model.

    Raises:
        FaceError: none has, several have, or it cannot be given shape keys; says what to do.
    """
    meshes = [character]
    if character.type != "MESH":
        shown = [o for o in bpy.data.objects if o.type == "MESH" and o.users_scene]
        meshes = [o for o in shown if belongs_to_character(o, character)]
    fitting = [mesh for mesh in meshes if len(mesh.data.vertices) == vertex_count]
    if not fitting:
        counts = [f"'{mesh.name}' has {len(mesh.data.vertices)}" for mesh in meshes]
        raise FaceError(
            f"{in_brief(counts) or f'{character.name} has no mesh'}; the model moves a mesh of "
            f"{vertex_count} vertices. Choose a mesh of the scans' own topology, or another model"
        )
    if len({mesh.data for mesh in fitting}) > 1:
        raise FaceError(
            f"{listed([mesh.name for mesh in fitting])} have {vertex_count} vertices each. Choose "
            "the one that speaks as the character"
        )
    _check_can_take_shapes(fitting[0])
    return fitting[0]


def _check_can_take_shapes(mesh: bpy.types.Object) -> None:
    keys = mesh.data.shape_keys
    if mesh.data.is_editmode:
        raise FaceError(f"'{mesh.name}' is in Edit Mode. Leave it with Tab first")
    if not mesh.data.is_editable or (keys is not None and not keys.is_editable):
        raise FaceError(linked_keys(mesh.name))
    if keys is not None and not keys.use_relative:
        raise FaceError(
            f"the shape keys of '{mesh.name}' are absolute: they play one after the other. Tick "
            "Relative in Properties ▸ Data ▸ Shape Keys"
        )


def basis_shape_names(mesh: bpy.types.Object, sha256: str, size: int) -> tuple[str, ...]:
    """What the shapes of a basis are, or will be, called on a mesh; changes nothing.

    Args:
        mesh: that speaks.
        sha256: of the basis.
        size: K.
    """
    number = _family(mesh, sha256, size)
    return _names(number, size)


def _names(number: int, size: int) -> tuple[str, ...]:
    start = PREFIX if number == 1 else f"{PREFIX} {number}"
    return tuple(f"{start} {n:02d}" for n in range(1, size + 1))


def _family(mesh: bpy.types.Object, sha256: str, size: int) -> int:
    """The number of the basis on this mesh: its own, or the first that is free."""
    keys = mesh.data.shape_keys
    if keys is None:
        return 1
    numbers = range(1, len(keys.key_blocks) + 2)
    own = next((n for n in numbers if keys.get(f"{_MARK}{n}") == sha256), None)
    if own is not None:
        return own
    taken = set(keys.key_blocks.keys())
    return next(n for n in numbers if not taken & set(_names(n, size)))


def add_basis_shapes(
    mesh: bpy.types.Object,
    basis: MeshBasis,
    sha256: str,
    weights: Mapping[str, Array],
    undo: Undo,
) -> int:
    """Give a mesh the shapes of a basis that it has not yet, with room for weights to come.

    Args:
        mesh: with the basis' number of vertices.
        basis: whose components the shapes are.
        sha256: of the basis.
        weights: by shape, (K,) of what will be written; the sliders let all of it through.
        undo: how to take everything back is registered here.

    Returns:
        How many shapes were added.

    Raises:
        FaceError: the mesh does not fit.
    """
    _check_can_take_shapes(mesh)
    rest = _rest(mesh)
    components = lay_over(basis, rest)
    number = _family(mesh, sha256, basis.size)
    names = _names(number, basis.size)
    undo.callback(setattr, mesh, "active_shape_key_index", mesh.active_shape_key_index)
    if mesh.data.shape_keys is None:
        mesh.shape_key_add(name="Basis", from_mix=False)
        undo.callback(mesh.shape_key_clear)
    _mark(mesh.data.shape_keys, f"{_MARK}{number}", sha256, undo)
    missing = [n for n, name in enumerate(names) if name not in mesh.data.shape_keys.key_blocks]
    for n in missing:
        _add_shape(mesh, names[n], rest + components[n], undo)
    for name in names:
        _make_room(mesh.data.shape_keys.key_blocks[name], weights.get(name, np.zeros(1)), undo)
    mesh.data.update()
    return len(missing)


def _rest(mesh: bpy.types.Object) -> NDArray[np.float64]:
    keys = mesh.data.shape_keys
    return coordinates(mesh.data.vertices if keys is None else keys.reference_key.data)


def _mark(keys: Any, name: str, sha256: str, undo: Undo) -> None:
    if name not in keys:
        keys[name] = sha256
        undo.callback(keys.pop, name, None)


def _add_shape(mesh: bpy.types.Object, name: str, places: Array, undo: Undo) -> None:
    block = mesh.shape_key_add(name=name, from_mix=False)
    undo.callback(_remove_shape, mesh, block.name)
    block.data.foreach_set("co", np.ascontiguousarray(places, np.float32).ravel())
    block.slider_min, block.slider_max = -1.0, 1.0
    block.value = 0.0  # Blender 5.0 and later add shapes at 1


def _remove_shape(mesh: bpy.types.Object, name: str) -> None:
    mesh.shape_key_remove(mesh.data.shape_keys.key_blocks[name])


def _make_room(block: bpy.types.ShapeKey, weights: Array, undo: Undo) -> None:
    """Widen a slider, never narrow it."""
    low, high = _ROOM * float(weights.min()), _ROOM * float(weights.max())
    for field, bound in (
        ("slider_min", max(min(block.slider_min, low), -_WIDEST)),
        ("slider_max", min(max(block.slider_max, high), _WIDEST)),
    ):
        if getattr(block, field) != bound:
            undo.callback(setattr, block, field, getattr(block, field))
            setattr(block, field, bound)


def basis_mapping(shapes: Sequence[str], channels: Sequence[str]) -> dict[str, tuple]:
    """Each channel of the model to its own shape, as it is."""
    return {c: ((s, 1.0),) for c, s in zip(channels, shapes, strict=True)}
