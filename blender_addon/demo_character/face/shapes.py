"""The 52 shapes fitted to a person: even on both sides, of the face's size: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..human import Human, Shape
from .lids import Eyes, fit_lid_shapes
from .lips import fit_mouth_close
from .loops import LIP_BACK, LIP_BORDER, LIP_LINE, lid_loops, lip_loops
from .skin_paint import skin_paint

# Shapes of the upper face, which the source lets tug at the palate.
_UPPER_FACE: Final = ("eye", "brow", "noseSneer", "cheekSquint")
# Shapes that crease the cheek more sharply than skin does.
_CREASED: Final = ("mouthSmile",)
_SMOOTHINGS: Final = 10
_SMOOTH_M: Final = (0.003, 0.014)  # from the lips: what is nearer stays, what is farther is evened
# The tongue sinks with the jaw, but lies on the lip when it is put out of a half open mouth.
_TONGUE_M: Final = np.array((0.0, -0.0105, -0.002))
_SINKING: Final = {"jawOpen": 1.0, "tongueOut": -0.5}
_LEAST_M: Final = 2e-5
# Eyes that are opened wide show some white above the iris, not all around it.
_GAINS: Final = {"eyeWideLeft": 0.75, "eyeWideRight": 0.75}


@cache
def even_shapes(human: Human) -> Mapping[str, Shape]:
    """The human's shapes, the left ones mirrored by the right ones, without stray vertices."""
    flip = np.array([-1.0, 1.0, 1.0])
    inside = np.setdiff1d(
        human.quads["body"][skin_paint(human)["Mouth"]], lip_loops(human)[LIP_BACK]
    )
    dense = {name: _dense(shape, len(human.base)) for name, shape in human.shapes.items()}
    shapes = {}
    for name, offsets in dense.items():
        other = dense[_other_side(name)][human.mirror] * flip
        even = 0.5 * (offsets + other)
        if name.startswith(_UPPER_FACE):
            even[inside] = 0.0
        if name.startswith(_CREASED):
            even = _smooth(human, even)
        if name in _SINKING:
            even += _SINKING[name] * _tongue_sinks(human)
        shapes[name] = _sparse(even)
    return shapes


@cache
def _tongue_sinks(human: Human) -> Floats:
    """(V, 3) how the tongue goes down between the teeth of an open jaw."""
    tongue = human.vertices_of("tongue")
    back, front = human.joints["tongue-1"][2], human.joints["tongue-2"][2]
    share = np.clip((human.base[tongue, 2] - back) / (front - back), 0.0, 1.0)
    offsets = np.zeros_like(human.base)
    offsets[tongue] = (share * share * (3.0 - 2.0 * share))[:, None] * _TONGUE_M
    return offsets


def _smooth(human: Human, offsets: Floats) -> Floats:
    """Offsets (V, 3) evened over the skin; lips, lids and what is inside stay as they are."""
    quads = human.quads["body"]
    held = np.concatenate((lip_loops(human).ravel(), lid_loops(human).ravel()))
    free = np.zeros(len(offsets), np.bool_)
    free[np.unique(quads)] = True
    free[held] = False
    free[human.quads["body"][skin_paint(human)["Mouth"]]] = False
    edges = np.concatenate([quads[:, [n, (n + 1) % 4]] for n in range(4)])
    edges = edges[np.abs(offsets[edges]).max(axis=(1, 2)) > 0.0]
    count = np.bincount(edges[:, 0], minlength=len(offsets))
    free &= count > 0
    even = offsets.astype(np.float64)
    for _ in range(_SMOOTHINGS):
        for axis in range(3):
            around = np.bincount(edges[:, 0], even[edges[:, 1], axis], len(even))
            mean = around[free] / count[free]
            even[free, axis] = 0.5 * (even[free, axis] + mean)
    rows = np.flatnonzero(free)
    lips = human.base[lip_loops(human)[LIP_BORDER]]
    away = np.linalg.norm(human.base[rows, None] - lips, axis=2).min(axis=1)
    share = np.clip((away - _SMOOTH_M[0]) / (_SMOOTH_M[1] - _SMOOTH_M[0]), 0.0, 1.0)[:, None]
    even[rows] = share * even[rows] + (1.0 - share) * offsets[rows]
    return even


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name[: -len("Left")] + "Right"
    return name[: -len("Right")] + "Left" if name.endswith("Right") else name


def _dense(shape: Shape, count: int) -> Floats:
    every = np.zeros((count, 3), np.float32)
    every[shape.vertices] = shape.offsets_m
    return every


def _sparse(offsets: Floats) -> Shape:
    own = np.flatnonzero(np.abs(offsets).max(axis=1) > _LEAST_M)
    return Shape(own, offsets[own].astype(np.float32))


def fit_shapes(human: Human, vertices: Floats, eyes: Eyes) -> dict[str, Shape]:
    """The 52 shapes for a person's head.

    Args:
        vertices: (V, 3) at rest, lids and lips fitted.
        eyes: between those lids.
    """
    scale = np.float32(_head_scale(human, vertices))
    sized = {
        name: Shape(shape.vertices, shape.offsets_m * (scale * np.float32(_GAINS.get(name, 1.0))))
        for name, shape in even_shapes(human).items()
    }
    return fit_mouth_close(human, vertices, fit_lid_shapes(human, vertices, eyes, sized))


def _head_scale(human: Human, vertices: Floats) -> float:
    """How large a person's face (V, 3) is against the base: mean of its width and height."""
    left, right = human.vertices_of("l-eye"), human.vertices_of("r-eye")
    lips = lip_loops(human)

    def sizes(points: Floats) -> Floats:
        eyes = points[left].mean(axis=0), points[right].mean(axis=0)
        lip = points[lips[LIP_LINE]].mean(axis=0)
        return np.array(
            [np.linalg.norm(eyes[0] - eyes[1]), np.linalg.norm(0.5 * (eyes[0] + eyes[1]) - lip)]
        )

    return float(np.mean(sizes(vertices) / sizes(human.base)))
