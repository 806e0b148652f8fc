"""The demo character's teeth, gums and tongue: pure NumPy.

The upper teeth stay with the head; the lower ones and the tongue follow the jaw's shapes exactly.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.conventions import Floats
from .face_shapes import find_shape, jaw_move
from .part import Part, on_head
from .shapes import Surface, merge_surfaces, mirror_surface, sphere, tube

JAW_SHAPES: Final = ("jawOpen", "jawForward", "jawLeft", "jawRight", "tongueOut")
_ARCH_BEND: Final = 34.0  # 1/m: how fast the row of teeth goes back to the sides

# Height of the teeth's middle, half height, front of the row; widths from the middle outward.
_UPPER: Final = (0.0188, 0.0052, 0.0930, (8.2, 6.6, 7.2, 6.8, 6.8, 9.0))
_LOWER: Final = (0.0102, 0.0050, 0.0905, (5.6, 5.9, 6.6, 6.8, 7.0, 9.0))
_TOOTH_DEPTH_M: Final = 0.0024
_SHORTER: Final = (1.0, 0.90, 1.0, 0.92, 0.88, 0.85)

# From the root to the tip: height, how far ahead, half width, half thickness.
_TONGUE: Final = (
    (-0.0100, 0.036, 0.0130, 0.0080),
    (0.0030, 0.046, 0.0165, 0.0085),
    (0.0090, 0.058, 0.0175, 0.0075),
    (0.0108, 0.069, 0.0165, 0.0060),
    (0.0108, 0.078, 0.0138, 0.0044),
    (0.0103, 0.0845, 0.0090, 0.0028),
    (0.0100, 0.0872, 0.0038, 0.0014),
)
# Share of the tongue; how far up and ahead it is put out, metres.
_OUT: Final = ((0.0, 0.0, 0.0), (0.3, 0.002, 0.004), (0.6, 0.0045, 0.014), (1.0, 0.0020, 0.030))


def mouth_parts() -> list[Part]:
    """Teeth and gums, in a mesh of their own, and the tongue in another."""
    parts = [
        on_head("Teeth", _teeth(_UPPER), mesh="Teeth"),
        on_head("Gums", _gum(_UPPER, up=1.0), mesh="Teeth"),
    ]
    for material, surface in (("Teeth", _teeth(_LOWER)), ("Gums", _gum(_LOWER, up=-1.0))):
        parts.append(on_head(material, surface, _with_jaw(surface.vertices), "Teeth"))
    tongue, share = _tongue()
    moves = _with_jaw(tongue.vertices)
    moves["tongueOut"] = moves["tongueOut"] + _put_out(share)
    return [*parts, on_head("Tongue", tongue, moves, "Tongue")]


def _with_jaw(points: Floats) -> dict[str, Floats]:
    return {name: jaw_move(find_shape(name)[0], points) for name in JAW_SHAPES}


def _put_out(share: Floats) -> Floats:
    table = np.array(_OUT)
    up, ahead = (np.interp(share, table[:, 0], table[:, c]) for c in (1, 2))
    return np.stack((np.zeros_like(up), up, ahead), axis=-1).astype(np.float32)


def _teeth(row: tuple[float, float, float, tuple[float, ...]]) -> Surface:
    """Rounded blocks side by side along a parabola."""
    height, half, front, widths = row
    ball = sphere((0, 0, 0), 1.0, 5, 8)
    block, quads = np.sign(ball.vertices) * np.abs(ball.vertices) ** 0.55, ball.quads
    upper = row is _UPPER
    found = []
    length = 0.0
    for width, share in zip(widths, _SHORTER, strict=True):
        x = _along_arch(length + 0.5 * width / 1000)
        length += width / 1000
        slope = np.arctan(2 * _ARCH_BEND * x)
        local = block * np.array([0.51 * width / 1000, half * share, _TOOTH_DEPTH_M])
        local[:, 0] *= 1 - 0.10 * (1 if upper else -1) * local[:, 1] / half
        ahead, aside = (np.cos(slope), -np.sin(slope)), (np.sin(slope), np.cos(slope))
        turned = np.stack(
            (
                local[:, 0] * ahead[0] + local[:, 2] * aside[0],
                local[:, 1] + (1 - share) * half * (1 if upper else -1),
                local[:, 0] * ahead[1] + local[:, 2] * aside[1],
            ),
            axis=-1,
        )
        place = (x, height, front - _TOOTH_DEPTH_M - _ARCH_BEND * x * x)
        surface = Surface((turned + place).astype(np.float32), quads)
        found += [surface, mirror_surface(surface)]
    return merge_surfaces(found)


def _along_arch(length_m: float) -> float:
    """The x at which a parabola has gone so far."""
    x = np.linspace(0, 0.04, 161)
    way = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(_ARCH_BEND * x * x)))))
    return float(np.interp(length_m, way, x))


def _gum(row: tuple[float, float, float, tuple[float, ...]], up: float) -> Surface:
    height, half, front, widths = row
    length = sum(widths) / 1000
    x = np.array([np.sign(s) * _along_arch(abs(s) * length) for s in np.linspace(-1, 1, 25)])
    ahead = front - _TOOTH_DEPTH_M - _ARCH_BEND * x * x
    middle = np.stack((x, np.full_like(x, height + up * (0.72 * half + 0.0032)), ahead), axis=-1)
    thick = np.full(len(x), 0.0034)
    return tube(middle, np.array([0.0, 1.0, 0.0]), np.full(len(x), 0.0044), thick, 8)


def _tongue() -> tuple[Surface, Floats]:
    """The tongue, and the share of its length at which each vertex lies."""
    rows = np.array(_TONGUE)
    share = np.linspace(0, 1, 17)
    places = np.linspace(0, 1, len(rows))
    height, ahead, wide, thick = (np.interp(share, places, column) for column in rows.T)
    middle = np.stack((np.zeros_like(share), height, ahead), axis=-1)
    surface = tube(middle, np.array([0.0, 1.0, 0.0]), thick, wide, 16)
    vertices = surface.vertices.copy()
    groove = np.exp(-((vertices[:, 0] / 0.0035) ** 2)) * (vertices[:, 1] > np.repeat(height, 16))
    vertices[:, 1] -= 0.0009 * groove
    return Surface(vertices, surface.quads), np.repeat(share, 16)
