"""The demo character's eyeballs and lashes: pure NumPy."""

from __future__ import annotations

from typing import Final

import numpy as np

from .bones import HEAD_SCALE, Bone, list_bones
from .face_grid import lid_edge
from .face_shapes import lid_offsets
from .form import EYE_RADIUS_M, eye_centre
from .part import Part, on_head
from .shapes import Surface, cap_ring, mirror_surface, sphere, tube

# Material and outer edge of each zone around the line of sight, degrees; rings it is made of.
_ZONES: Final = (
    ("Pupil", 12.5, 3), ("Iris", 27.5, 4), ("Limbus", 30.5, 1), ("EyeWhite", 60.0, 5),
    ("EyeWhite", 178.0, 7),
)  # fmt: skip
_SEGMENTS: Final = 32
_LASH_STATIONS: Final = 19


def eyeballs() -> list[Part]:
    """Both balls, each weighted to its bone."""
    bones = [bone for bone in list_bones() if bone.name.endswith("Eye")]
    return [part for bone in bones for part in (_eyeball(bone), _glint(bone))]


def _glint(bone: Bone) -> Part:
    """A light spot on the same side of both eyes, which brings them to life in any light."""
    way = np.array([0.20, 0.24, 1.0])
    way /= np.linalg.norm(way)
    spot = sphere((0.0, 0.0, 0.0), 1.0, 6, 10)
    radius = HEAD_SCALE * EYE_RADIUS_M
    flat = spot.vertices - (1 - 0.15) * (spot.vertices @ way)[:, None] * way
    vertices = np.array(bone.head) + radius * (1.0 * way + 0.075 * flat)
    weights = {bone.name: np.ones(len(vertices))}
    return Part("Glint", Surface(vertices.astype(np.float32), spot.quads), weights, "Eyes")


def _eyeball(bone: Bone) -> Part:
    """A ball around the line of sight, with rings of pupil, iris and white."""
    edges, zones = [1.5], []
    for material, edge, count in _ZONES:
        edges += np.linspace(edges[-1], edge, count + 1)[1:].tolist()
        zones += [material] * count
    angle, turn = np.radians(edges)[:, None], 2 * np.pi * np.arange(_SEGMENTS) / _SEGMENTS
    ball = np.stack(
        np.broadcast_arrays(
            np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)
        ),
        axis=-1,
    )
    radius = HEAD_SCALE * EYE_RADIUS_M
    vertices = (np.array(bone.head) + radius * ball.reshape(-1, 3)).astype(np.float32)
    rings = np.arange(len(vertices)).reshape(len(edges), _SEGMENTS)
    after = np.roll(rings, -1, axis=1)
    quads = np.stack((rings[:-1], rings[1:], after[1:], after[:-1]), axis=-1).reshape(-1, 4)
    caps = [cap_ring(rings[0]), cap_ring(rings[-1])[:, ::-1]]
    every = np.concatenate((quads, *caps))
    names = np.repeat([*zones, "Pupil", "EyeWhite"], [_SEGMENTS] * len(zones) + [len(caps[0])] * 2)
    paint = {name: np.flatnonzero(names == name) for name in ("Pupil", "Iris", "Limbus")}
    weights = {bone.name: np.ones(len(vertices))}
    return Part("EyeWhite", Surface(vertices, every), weights, "Eyes", {}, paint)


def lashes() -> list[Part]:
    """A dark rim along each upper lid, longer toward the outer corner."""
    along = np.linspace(-0.82, 0.98, _LASH_STATIONS)
    edge = lid_edge(along)
    root = edge + 0.02 * (edge - eye_centre(1.0))
    lens = np.sqrt(np.maximum(1 - along**2, 0.0))
    tall = 0.0002 + 0.0012 * np.maximum(lens, 0.45 * (along > 0) * (1 - (along - 0.5) ** 2))
    tall = tall * np.minimum(np.minimum((along + 0.85) / 0.15, (1.0 - along) / 0.12), 1.0)
    rim = tube(root, np.array([0.0, 1.0, 0.0]), tall, 0.5 * tall + 0.0008 * lens, 6)
    sources = np.repeat(along, 6)
    parts = []
    for side in ("Left", "Right"):
        surface = rim if side == "Left" else mirror_surface(rim)
        parts.append(on_head("Hair", surface, lid_offsets(surface.vertices, sources, side)))
    return parts
