"""A piece of the demo character in the rest pose: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..core.conventions import Floats, Ints
from .bones import HEAD_SCALE, rest_joints
from .shapes import Surface
from .weights import Weights

Offsets = Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of the character in the rest pose.

    Args:
        material: name of its material.
        surface: its quads, metres.
        weights: share of each bone at each vertex.
        mesh: which object it belongs to: Body, Head, Teeth, Tongue or Eyes.
        shapes: how far each named shape moves each vertex, (N, 3) metres; others leave it alone.
        paint: numbers of the quads that have another material, by that material's name.
    """

    material: str
    surface: Surface
    weights: Weights
    mesh: str = "Body"
    shapes: Offsets = field(default_factory=dict)
    paint: Mapping[str, Ints] = field(default_factory=dict)


def on_head(
    material: str, local: Surface, offsets: Offsets | None = None, mesh: str = "Head"
) -> Part:
    """A piece that follows the head bone, told from the head joint and put in its place.

    Args:
        material, mesh: as for a part.
        local: metres before ``HEAD_SCALE``.
        offsets: (N, 3) of each shape, before ``HEAD_SCALE`` too.
    """
    scaled = {name: np.float32(HEAD_SCALE) * move for name, move in (offsets or {}).items()}
    weights = {"Head": np.ones(len(local.vertices))}
    return Part(material, placed(local), weights, mesh, scaled)


def placed(local: Surface) -> Surface:
    """A surface told from the head joint, put in its place and scaled."""
    head = np.array(rest_joints()["Head"], np.float32)
    return Surface(head + np.float32(HEAD_SCALE) * local.vertices, local.quads)
