"""Models that move a mesh of their own, scanned in training, by shape keys made from its basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.face.basis_shapes import (
    add_basis_shapes,
    basis_mapping,
    basis_shape_names,
    mesh_of_basis,
)
from ...blender.face.shape_keys import STILL
from ...blender.keys.undo import Undo
from ...blender.vertices import coordinates
from ...core.errors import NeuralMotionError
from ...core.face.maps import FaceMapping
from ...core.face.mesh_basis import MeshBasis, lay_over
from ...core.inference.choice import ModelChoice
from ...core.inference.contract import load_contract
from ...core.inference.model_list import find_model
from ...core.notes import Note
from ...core.speech.layout import TASK
from ...core.speech.networks.vertices import BasisFacts, open_basis, read_basis_facts
from .face import Face

_FAMILY: Final = "scans"
LIMITS: Final = (
    "the model moves the mesh it was trained on: lips are closed, and emotions, brows and blinks "
    "laid over, on ARKit shapes only, so none of these is done"
)


@dataclass(frozen=True, eq=False)
class OwnMesh:
    """What a model of kind "vertices" moves.

    Args:
        facts: of its contract.
        basis: its shapes.
    """

    facts: BasisFacts
    basis: MeshBasis


def facts_of_chosen(models: ModelChoice) -> BasisFacts | None:
    """Of the model that would speak; None if it moves ARKit channels, or cannot be read.

    Quick while its contract does not change: the panel asks at every redraw.
    """
    try:
        path = find_model(TASK, models).with_suffix(".json")
        return _facts_in(path, path.stat().st_mtime_ns)
    except (NeuralMotionError, OSError):
        return None  # Generate says what is wrong with the model


@lru_cache(maxsize=8)
def _facts_in(path: Path, _changed_ns: int) -> BasisFacts | None:
    return read_basis_facts(load_contract(path))


def open_own_mesh(models: ModelChoice) -> OwnMesh | None:
    """The mesh of the chosen model; None if it moves ARKit channels.

    Raises:
        ModelError: there is no such model, or its basis is missing or damaged.
    """
    path = find_model(TASK, models)
    facts = read_basis_facts(load_contract(path.with_suffix(".json")))
    return None if facts is None else OwnMesh(facts, open_basis(path, facts))


def read_own_face(character: bpy.types.Object, own: OwnMesh) -> Face:
    """The face of a character that has a model's mesh; nothing is changed.

    Raises:
        FaceError: it has not; says what was found and what to do.
    """
    mesh = mesh_of_basis(character, own.facts.vertex_count)
    keys = mesh.data.shape_keys
    rest = coordinates(mesh.data.vertices if keys is None else keys.reference_key.data)
    lay_over(own.basis, rest)  # refuses vertices in another order
    shapes = basis_shape_names(mesh, own.facts.sha256, own.basis.size)
    targets = basis_mapping(shapes, own.facts.channels)
    return Face([], [], FaceMapping(_FAMILY, targets, (), ()))


def notes_of_own(expressions: Mapping[str, object]) -> tuple[str, ...]:
    """What such a model cannot do; a warning where it was asked for."""
    return (LIMITS,) if expressions else (Note(LIMITS),)


def prepare_own_mesh(
    character: bpy.types.Object,
    own: OwnMesh,
    weights: Mapping[str, NDArray[np.floating]],
    undo: Undo,
) -> list[bpy.types.Object]:
    """The mesh, with the shapes of the basis; nothing is added if nothing moves.

    Args:
        character: as when it was read.
        own: the model's mesh.
        weights: (K,) by shape, as they will be written.
        undo: how to take it back is registered here.

    Raises:
        FaceError: the mesh has changed since it was read.
    """
    mesh = mesh_of_basis(character, own.facts.vertex_count)
    if all(np.abs(each).max(initial=0.0) <= STILL for each in weights.values()):
        return []
    add_basis_shapes(mesh, own.basis, own.facts.sha256, weights, undo)
    return [mesh]
