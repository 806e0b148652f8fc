"""The normal equations of a folder's blendshapes, so that no vertices are needed to speak.

With D the blendshapes' displacements of the vertices that count, and the skin's motion linear in
the network's numbers c, the motion's products with the shapes are D·(upper part of the basis)·c +
D·(lower part)·c + a constant: two small matrices and a vector. Upper and lower face have strengths
and smoothing of their own, and a mask by height fades between them.

A, the shapes' own products, gets what is added against large weights (10 · l2), many (¼ · l1² over
all pairs) and unequal sides (10 · symmetry), and a hundredfold of the temporal strength, while a
frame is drawn to the one before by that strength once: so does the public solver, and the strengths
in a folder are meant for it. All are scaled by the square of the head's size.

Source: github.com/NVIDIA/Audio2Face-3D-SDK (MIT): blendshape solver and skin animator; blinks and
saccades are left to this project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...errors import ModelError
from .folder import Audio2FaceFolder
from .shapes import ShapeSet

_L1, _L2, _TEMPORAL, _SYMMETRY = 0.25, 10.0, 100.0, 10.0
_LEAST: Final = 1e-7
"""Least share of the largest eigenvalue that the smallest may have, or nothing would be unique."""
_HOLDS_JAW: Final = 0.3
_JAW, _CLOSE = "jawOpen", "mouthClose"


@dataclass(frozen=True, eq=False)
class Equations:
    """What weights of blendshapes follow from.

    Args:
        matrix: (P, P) A.
        upper, lower: (P, K) products of the shapes with the basis; the tongue's are all lower.
        offset: (P,) of what is added to the motion.
        pull: towards the frame before.
        smoothing_s: half-lives of upper and lower motion.
    """

    matrix: NDArray[np.float64]
    upper: Floats
    lower: Floats
    offset: Floats
    pull: float
    smoothing_s: tuple[float, float] = (0.0, 0.0)


def skin_equations(folder: Audio2FaceFolder) -> Equations:
    """Of the skin.

    Raises:
        ModelError: the configuration lacks a number or has a senseless one.
    """
    shapes, config = folder.skin_shapes, folder.config
    chosen = shapes.vertices
    lower = _lower_face(folder)[chosen][:, None]
    strength = config.number("skin_strength")
    by_part = (
        (1.0 - lower) * config.number("upper_face_strength"),
        lower * config.number("lower_face_strength"),
    )
    shut = -config.number("eyelid_open_offset")
    raw = shut * folder.eye_close + config.number("lip_open_offset") * folder.lip_open
    apart = folder.skin.neutral[chosen] - shapes.neutral
    added: Floats = np.asarray(raw[chosen] * (by_part[0] + by_part[1]) + apart, np.float32)
    basis = strength * folder.skin.basis[:, chosen]
    return Equations(
        matrix=_matrix(shapes),
        upper=_products(shapes, by_part[0] * basis),
        lower=_products(shapes, by_part[1] * basis),
        offset=_products(shapes, added[None])[:, 0],
        pull=shapes.temporal * shapes.scale,
        smoothing_s=(
            config.number("upper_face_smoothing", 0.0, 10.0),
            config.number("lower_face_smoothing", 0.0, 10.0),
        ),
    )


def tongue_equations(folder: Audio2FaceFolder) -> Equations | None:
    """Of the tongue; None where it has no blendshapes.

    Raises:
        ModelError: as ``skin_equations``.
    """
    tongue, shapes = folder.tongue, folder.tongue_shapes
    if tongue is None or shapes is None:
        return None
    config, chosen = folder.config, shapes.vertices
    moved = (0.0, config.number("tongue_height_offset"), config.number("tongue_depth_offset"))
    added = tongue.neutral[chosen] - shapes.neutral + np.array(moved, np.float32)
    products = _products(shapes, config.number("tongue_strength") * tongue.basis[:, chosen])
    return Equations(
        matrix=_matrix(shapes),
        upper=np.zeros_like(products),
        lower=products,
        offset=_products(shapes, added[None])[:, 0],
        pull=shapes.temporal * shapes.scale,
    )


def close_holds_jaw(shapes: ShapeSet) -> bool:
    """Whether the shape mouthClose opens the jaw as well, as NVIDIA's does and ARKit's doesn't."""
    if _JAW not in shapes.names or _CLOSE not in shapes.names:
        return False
    jaw = shapes.deltas[shapes.names.index(_JAW)]
    close = shapes.deltas[shapes.names.index(_CLOSE)]
    return bool(np.vdot(jaw, close) > _HOLDS_JAW * np.vdot(jaw, jaw))


def as_arrays(
    part: str, equations: Equations, shapes: ShapeSet
) -> Mapping[str, NDArray[np.generic]]:
    """What is stored beside the model for a part of the head."""
    terms = np.array([equations.pull, *equations.smoothing_s], np.float32)
    arrays: dict[str, NDArray[np.generic]] = {
        "matrix": equations.matrix,
        "upper": equations.upper,
        "lower": equations.lower,
        "offset": equations.offset,
        "terms": terms,
        "multipliers": shapes.multipliers,
        "offsets": shapes.offsets,
    }
    if shapes.cancelling:
        arrays["cancelling"] = np.array(shapes.cancelling, np.int32)
    return {f"{part}_{name}": array for name, array in arrays.items()}


def _lower_face(folder: Audio2FaceFolder) -> Floats:
    """(V,) 0 … 1 how far a vertex belongs to the lower face, by its height."""
    height = folder.skin.neutral[:, 1]
    softness = folder.config.number("face_mask_softness", 1e-6, 10.0)
    level = folder.config.number("face_mask_level")
    place = (height - height.min()) / max(float(np.ptp(height)), 1e-9)
    away = np.clip((level - place) / softness, -50.0, 50.0)
    return np.asarray(1.0 / (1.0 + np.exp(-away)), np.float32)


def _products(shapes: ShapeSet, motion: Floats) -> Floats:
    """(P, K) of the shapes with K motions (K, M, 3)."""
    flat = shapes.deltas.reshape(len(shapes.deltas), -1)
    return np.asarray(flat @ motion.reshape(len(motion), -1).T, np.float32)


def _matrix(shapes: ShapeSet) -> NDArray[np.float64]:
    """A, refused where no shape moves anything."""
    flat = shapes.deltas.reshape(len(shapes.deltas), -1).astype(np.float64)
    count, scale = len(flat), shapes.scale
    own = flat @ flat.T
    added = _L2 * shapes.l2 + _TEMPORAL * shapes.temporal
    matrix = own + scale * (_L1 * shapes.l1**2 + added * np.eye(count))
    for first, second in shapes.symmetric:
        row = np.zeros(count)
        row[[first, second]] = 1.0, -1.0
        matrix += scale * _SYMMETRY * shapes.symmetry * np.outer(row, row)
    most = float(np.linalg.eigvalsh(matrix)[-1])
    if not most > 0.0 or not own.any():
        raise ModelError("no blendshape moves any vertex that counts; fetch the whole model again")
    lacking = _LEAST * most - float(np.linalg.eigvalsh(matrix)[0])
    return np.asarray(matrix + max(lacking, 0.0) * np.eye(count))
