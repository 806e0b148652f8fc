"""What a mesh's vertices do in speech, as a few shapes that add up: a basis beside a model.

A model of kind "vertices" says how much of each shape, frame by frame. The shapes are kept in
``<name>.npz`` beside the model: ``template`` (V, 3), the face at rest; ``components`` (K, V, 3),
what each shape moves at 1; and, where they are known, ``corners`` and ``face_sizes`` of the faces.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..conventions import Floats
from ..errors import ContractError, FaceError, ModelError
from ..inference.arrays import ArrayFile
from ..inference.model_file import check_sha256, read_bytes

MAX_COMPONENTS: Final = 400
_LARGEST: Final = 1e6
_FARTHEST: Final = 0.5
"""How far vertices may lie from where the template has them, over the template's own extent, once
both are laid over each other: another person's face is at 0.1, another order of vertices at 1."""


@dataclass(frozen=True, eq=False)
class MeshBasis:
    """Shapes of one mesh.

    Args:
        template: (V, 3) the face at rest.
        components: (K, V, 3) what each shape moves at 1, in the template's unit.
        faces: corners of each face; empty where they are not known.

    Raises:
        FaceError: sizes disagree, a number is not finite, or a face has no such corner.
    """

    template: Floats
    components: Floats
    faces: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        shape, count = self.components.shape, len(self.template)
        whole = self.template.shape == (count, 3) and shape[1:] == (count, 3)
        if not whole or not count or not 1 <= shape[0] <= MAX_COMPONENTS:
            raise FaceError(
                f"a basis needs a template (V, 3) and 1 to {MAX_COMPONENTS} components (K, V, 3); "
                f"found {self.template.shape} and {shape}"
            )
        if not _is_sound(self.template) or not _is_sound(self.components):
            raise FaceError("a number of the basis is not finite, or larger than any face")
        if any(not face or min(face) < 0 or max(face) >= count for face in self.faces):
            raise FaceError(
                f"a face of the basis has a corner that is none of its {count} vertices"
            )

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.template)

    @property
    def size(self) -> int:
        """K."""
        return len(self.components)

    def offsets(self, amounts: Floats) -> Floats:
        """(T, V, 3) where so much of each shape, (T, K), moves the vertices."""
        flat = np.asarray(amounts, np.float32) @ self.components.reshape(self.size, -1)
        return np.asarray(flat.reshape(len(amounts), -1, 3))


def save_basis(path: Path, basis: MeshBasis) -> str:
    """Write a basis, whole or not at all; its SHA-256.

    Args:
        path: the ``<name>.npz``.
        basis: to keep.
    """
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, **_arrays_of(basis))
    partial.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_basis(path: Path, sha256: str) -> MeshBasis:
    """Read what ``save_basis`` wrote; nothing in it is run.

    Args:
        path: the ``<name>.npz``.
        sha256: as the model's contract gives it.

    Raises:
        ContractError: it is missing, damaged, or belongs to another model.
    """
    data = read_bytes(path)
    check_sha256(data, sha256, path.name)
    try:
        with ArrayFile(path, data) as file:
            template = file.floats("template", (None, 3)).astype(np.float32)
            components = file.floats("components", (None, len(template), 3)).astype(np.float32)
            return MeshBasis(template, components, _read_faces(file))
    except (FaceError, ModelError) as error:
        raise ContractError(
            f"{path.name} is no basis of a mesh ({error}); export the model again"
        ) from error


def _arrays_of(basis: MeshBasis) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "template": basis.template.astype(np.float32),
        "components": basis.components.astype(np.float32),
    }
    if basis.faces:
        arrays["corners"] = np.concatenate(basis.faces).astype(np.int32)
        arrays["face_sizes"] = np.array([len(face) for face in basis.faces], np.int32)
    return arrays


def _read_faces(file: ArrayFile) -> tuple[tuple[int, ...], ...]:
    if "corners" not in file:
        return ()
    corners, sizes = file.integers("corners", (None,)), file.integers("face_sizes", (None,))
    if sizes.min() < 1 or sizes.max() > len(corners) or sizes.sum() != len(corners):
        raise FaceError(f"faces of {sizes.sum()} corners together, but {len(corners)} corners")
    return tuple(tuple(face.tolist()) for face in np.split(corners, np.cumsum(sizes)[:-1]))


def lay_over(basis: MeshBasis, places: Floats) -> Floats:
    """Components (K, V, 3) turned and scaled as the basis' mesh lies in another one.

    A mesh has been given other axes, another unit and another person's face since it was scanned;
    its vertices are the same. So the template is turned, scaled and moved to lie on them as well
    as it can, and the components are turned and scaled likewise.

    Args:
        basis: of the scans.
        places: (V, 3) of the other mesh at rest.

    Raises:
        FaceError: another number of vertices, or they are in another order; says what was found.

    Source: Umeyama 1991, *Least-squares estimation of transformation parameters*, IEEE PAMI 13(4).
    """
    if len(places) != basis.vertex_count:
        raise FaceError(
            f"the mesh has {len(places)} vertices, the model moves a mesh of {basis.vertex_count}. "
            "Choose a mesh of the scans' own topology, without added or removed vertices"
        )
    ours = basis.template.astype(np.float64) - basis.template.mean(0, np.float64)
    theirs = places.astype(np.float64) - places.mean(0, np.float64)
    left, strengths, right = np.linalg.svd(theirs.T @ ours)
    signs = np.array((1.0, 1.0, np.sign(np.linalg.det(left @ right)) or 1.0))
    turn = (left * signs) @ right
    spread = float(np.sum(ours**2))
    scale = float(np.sum(strengths * signs)) / spread if spread > 0 else 1.0
    apart = np.sqrt(np.mean((theirs - scale * ours @ turn.T) ** 2))
    extent = np.sqrt(np.mean(theirs**2))
    if scale <= 0 or apart > _FARTHEST * max(extent, 1e-9):
        raise FaceError(
            f"the mesh has {len(places)} vertices as the model's, but they lie elsewhere on the "
            f"face ({apart / max(extent, 1e-9):.0%} of its extent apart): they are in another "
            "order. Import the mesh with its vertex order kept"
        )
    return np.asarray(scale * basis.components @ turn.T, np.float32)


def _is_sound(numbers: Floats) -> bool:
    return bool(np.isfinite(numbers).all()) and float(np.abs(numbers).max(initial=0.0)) < _LARGEST
