"""The demo character's head, put together: skin, hair, ears, brows, lashes, teeth, tongue, eyes.

The eyeballs have no shape keys: bones turn them, and the eyeLook shapes move the lids alone. So a
gaze that is written to bones and shape keys alike never turns an eye twice.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .bones import HEAD_SCALE
from .eyes import eyeballs, lashes
from .face import build_face
from .face_shapes import face_offsets, skin_offsets
from .form import front, head_form
from .mouth import mouth_parts
from .part import Part, on_head, placed
from .shapes import (
    Shape,
    Surface,
    carve,
    cut,
    ellipsoid,
    extract_surface,
    join,
    mirror_surface,
    sphere,
    tube,
)
from .weights import head_weights

# Along a brow from the nose outward: x, height, half thickness up and down.
_BROW: Final = (
    (0.0120, 0.1058, 0.0012),
    (0.0180, 0.1080, 0.0034),
    (0.0290, 0.1110, 0.0035),
    (0.0400, 0.1120, 0.0030),
    (0.0490, 0.1095, 0.0020),
    (0.0545, 0.1060, 0.0007),
)


def head_parts() -> list[Part]:
    """Every piece of the head, at rest."""
    face = build_face()
    skin = placed(face.surface)
    moves = {name: np.float32(HEAD_SCALE) * move for name, move in face_offsets(face).items()}
    parts = [Part("Skin", skin, head_weights(skin.vertices), "Head", moves, face.paint)]
    hair = extract_surface(_hair(), (-0.11, 0.0, -0.14), (0.11, 0.24, 0.13), 0.0075)
    parts.append(on_head("Hair", hair))
    ear = extract_surface(_ear(), (0.055, 0.03, -0.05), (0.1, 0.115, 0.03), 0.0027)
    for surface in (ear, mirror_surface(ear)):
        parts.append(on_head("Skin", surface))
    brow = _brow()
    for surface in (brow, mirror_surface(brow)):
        parts.append(on_head("Hair", surface, skin_offsets(surface.vertices)))
    nostril = _nostril()
    for surface in (nostril, mirror_surface(nostril)):
        parts.append(on_head("Mouth", surface, skin_offsets(surface.vertices)))
    return [*parts, *lashes(), *mouth_parts(), *eyeballs()]


def _hair() -> Shape:
    cap = ellipsoid((0, 0.117, -0.006), (0.0850, 0.093, 0.1015))
    nape = ellipsoid((0, 0.066, -0.050), (0.060, 0.056, 0.043))
    shape = cut(join([cap, nape], 0.03), (0, 0.132, 0.042), (0, -0.60, 0.80), 0.018)
    shape = cut(shape, (0, 0.044, -0.05), (0, -1, 0.45), 0.02)
    fringe = ellipsoid((0.010, 0.164, 0.044), (0.058, 0.030, 0.050))
    quiff = ellipsoid((-0.026, 0.176, 0.052), (0.034, 0.022, 0.036))
    return join([shape, join([fringe, quiff], 0.02)], 0.022)


def _ear() -> Shape:
    """A leaning shell with a bowl in it, a lobe below and a knob before the bowl."""
    shell = ellipsoid((0.0765, 0.0730, -0.0090), (0.0085, 0.0270, 0.0172))
    lobe = ellipsoid((0.0730, 0.0490, -0.0060), (0.0055, 0.0085, 0.0080))
    bowl = ellipsoid((0.0878, 0.0735, -0.0090), (0.0095, 0.0195, 0.0115))
    hollow = ellipsoid((0.0850, 0.0660, -0.0060), (0.0110, 0.0085, 0.0065))
    knob = ellipsoid((0.0770, 0.0665, 0.0050), (0.0042, 0.0062, 0.0042))
    shape = carve(carve(join([shell, lobe], 0.010), bowl, 0.0030), hollow, 0.003)
    upright = join([shape, knob], 0.004)
    lean, middle = np.radians(8.0), np.array([0.0, 0.070, -0.009], np.float32)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]], np.float32
    )
    out = np.array([0.0018, 0.0, 0.0], np.float32)
    return lambda points: upright((points - out - middle) @ turn + middle)


def _brow() -> Surface:
    """A flat tuft along the edge of the brow."""
    rows = np.array(_BROW)
    share = np.linspace(0, 1, 14)
    along = np.linspace(0, 1, len(rows))
    x, y, tall = (np.interp(share, along, column) for column in rows.T)
    middle = front(head_form(), x, y)
    middle[:, 2] += 0.0006
    return tube(middle, np.array([0.0, 1.0, 0.15]), tall, np.full(14, 0.0022), 8)


def _nostril() -> Surface:
    """A dark spot under the nose, lying nearly flat in its skin."""
    ball = sphere((0.0, 0.0, 0.0), 1.0, 6, 10)
    way = np.array([0.0054, 0.0, 0.1018], np.float32)
    low, high = np.float32(0.036), np.float32(0.047)
    form = head_form()
    for _ in range(14):
        way[1] = 0.5 * (low + high)
        low, high = (low, way[1]) if form(way) < 0 else (way[1], high)
    size = np.array([0.0027, 0.0010, 0.0036], np.float32)
    return Surface((ball.vertices * size + way).astype(np.float32), ball.quads)
