"""The demo character's eyeballs and lashes: pure NumPy."""

from __future__ import annotations

from typing import Final

import numpy as np

from .demo_character_bones import HEAD_SCALE, Bone, list_bones
from .demo_character_face import lid_angles, on_lid
from .demo_character_face_shapes import lid_offsets
from .demo_character_form import EYE_RADIUS_M, LID_RADIUS_M
from .demo_character_part import Part, on_head
from .demo_character_shapes import Surface, mirror_surface, sphere, tube

# Degrees from the middle of the pupil.
_RINGS: Final = (
    ("Pupil", -1.0, 12.5),
    ("Iris", 12.5, 26.5),
    ("Limbus", 26.5, 29.5),
    ("EyeWhite", 29.5, 181.0),
)
_LASH_STATIONS: Final = 19


def eyeballs() -> list[Part]:
    """Both balls, each weighted to its bone."""
    bones = [bone for bone in list_bones() if bone.name.endswith("Eye")]
    return [part for bone in bones for part in _eyeball(bone)]


def _eyeball(bone: Bone) -> list[Part]:
    """A ball whose rings around the pole that looks ahead are pupil, iris and white."""
    radius = HEAD_SCALE * EYE_RADIUS_M
    ball = sphere(bone.head, radius, 60, 32)
    front = ball.vertices[ball.quads].mean(axis=1)[:, 2] - bone.head[2]
    angle = np.degrees(np.arccos(np.clip(front / radius, -1, 1)))
    parts = []
    for material, low, high in _RINGS:
        quads = ball.quads[(angle > low) & (angle <= high)]
        used, numbers = np.unique(quads, return_inverse=True)
        piece = Surface(ball.vertices[used], numbers.reshape(-1, 4))
        parts.append(Part(material, piece, {bone.name: np.ones(len(used))}, "Eyes"))
    return parts


def lashes() -> list[Part]:
    """A dark rim along each upper lid, longer toward the outer corner."""
    along = np.linspace(-0.97, 1.0, _LASH_STATIONS)
    upper, _, _ = lid_angles(along)
    root = on_lid(along, upper, 1.02 * LID_RADIUS_M)
    lens = np.sqrt(np.maximum(1 - along**2, 0.0))
    tall = 0.0003 + 0.0011 * np.maximum(lens, 0.6 * (along > 0) * (1 - (along - 0.5) ** 2))
    rim = tube(root, np.array([0.0, 1.0, 0.0]), tall, 0.5 * tall + 0.0008 * lens, 6)
    sources = np.repeat(along, 6)
    parts = []
    for side in ("Left", "Right"):
        surface = rim if side == "Left" else mirror_surface(rim)
        parts.append(on_head("Hair", surface, lid_offsets(surface.vertices, sources, side)))
    return parts
