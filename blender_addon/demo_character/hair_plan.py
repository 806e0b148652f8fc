"""What a hair style is made of before it is on anybody's head: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Floats, Ints
from .body import Body
from .locks import SECTION, sweep_locks
from .part import Attachment, Part
from .patches import Patch, fine_patch
from .scalp import hairline_m, head_scale, mean_body, scalp_vertices

MESH: Final = "Hair"
TONES: Final = ("Hair", "HairDark", "HairLight")


@dataclass(frozen=True, eq=False)
class Locks:
    """L locks of R places each, held by the scalp.

    Args:
        held: L × R places.
        above: (L, R) their height above the skin, metres on the mean person.
        wide, tall: (L, R) half their width, and their thickness.
        flips: (L,) −1 or 1: which edge is the thicker.
        tones: (L,) numbers of TONES.
    """

    held: Attachment
    above: Floats
    wide: Floats
    tall: Floats
    flips: Floats
    tones: Ints

    def part(self, body: Body) -> Part:
        """These locks on somebody's head."""
        scale = head_scale(body)
        up = self.held.points(body.normals)
        up = (up / np.linalg.norm(up, axis=1, keepdims=True)).reshape(*self.above.shape, 3)
        skin = self.held.points(body.vertices).reshape(up.shape)
        middles = skin + up * (scale * self.above)[..., None]
        surface = sweep_locks(middles, up, scale * self.wide, scale * self.tall, self.flips)
        shares = np.repeat(self.held.skin(body), len(SECTION), axis=0)
        return locks_part(surface.vertices, surface.quads, shares, self.tones)


def locks_part(vertices: Floats, quads: Ints, skin: Floats, tones: Ints) -> Part:
    """A piece of hair whose locks, all alike, have tones of their own."""
    each = np.repeat(tones, len(quads) // len(tones))
    paint = {name: np.flatnonzero(each == n) for n, name in enumerate(TONES) if n}
    return Part(MESH, TONES[0], vertices, quads, skin, {}, paint)


@cache
def scalp_patch(cuts: int, receding: float = 0.0) -> tuple[Patch, Floats]:
    """Fine faces of the skin with hair, and how far each point is above the hairline, metres."""
    body = mean_body()
    faces = body.human.quads["body"]
    own = faces[np.isin(faces, scalp_vertices()).all(axis=1)]
    patch = fine_patch(own, cuts)
    above = hairline_m(patch.held.points(body.vertices), receding)
    kept, points = patch.kept(np.flatnonzero(above[patch.quads].min(axis=1) > 0.0))
    return kept, above[points]


def layer(
    body: Body, patch: Patch, heights: Floats, material: str, paint: dict[str, Ints]
) -> Part:
    """A patch lifted off the skin by heights (N,), metres on the mean person."""
    off = patch.normals(body) * (head_scale(body) * heights)[:, None]
    points = patch.held.points(body.vertices) + off
    shares = patch.held.skin(body)
    return Part(MESH, material, points.astype(np.float32), patch.quads, shares, {}, paint)
