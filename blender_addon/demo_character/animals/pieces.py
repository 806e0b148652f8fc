"""Pieces that animals have in common: hooves, balls, locks of hair, stockings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .frame import Extra, Place, Volume


def hoof(end: str, x: float, z: float) -> Extra:
    """The left hoof of a horse, which stands on its whole edge.

    Args:
        end: "front" or "hind".
        x, z: where its crown is, metres.
    """
    return Extra(
        (
            (x, 0.10, z - 0.002, 0.043, 0.042),
            (x, 0.088, z + 0.002, 0.051, 0.049),
            (x, 0.045, z + 0.012, 0.061, 0.055),
            (x, 0.0, z + 0.02, 0.07, 0.061),
        ),
        (f"{end}_hoof.L",),
        "Hoof",
        around=14,
        flat=True,
        level=True,
    )


def hair_lock(sections: Iterable[Iterable[float]], bones: tuple[str, ...]) -> Extra:
    """A lock of hair through some sections (x, y, z, deep, wide)."""
    rows = []
    for section in sections:
        x, y, z, deep, wide = (float(each) for each in section)
        rows.append((x, y, z, deep, wide))
    return Extra(tuple(rows), bones, "Hair", around=8)


def ball(middle: Place, radius_m: float, bone: str, material: str, squash: float = 1.0) -> Extra:
    """A ball, such as an eye.

    Args:
        middle: its centre, metres.
        radius_m: its radius; squash: how high it is in proportion.
        bone: which carries it.
        material: name of its material.
    """
    turn = np.linspace(0.15, np.pi - 0.15, 7)
    x, y, z = middle
    rows = tuple(
        (x, y, float(z - radius_m * np.cos(t)), float(squash * radius_m * np.sin(t)),
         float(radius_m * np.sin(t)))
        for t in turn
    )  # fmt: skip
    return Extra(rows, (bone,), material, around=12, flat=True)


def stocking(x: float, z: float, top: float, size: float = 0.14) -> Volume:
    """Room around the lower part of a leg.

    Args:
        x, z: the middle of the leg, metres.
        top: how high it reaches, metres.
        size: half its width across; it is twice as wide along.
    """
    end = top - 0.4 * size
    return Volume(((x, -0.3, z, 2 * size, size), (x, end, z, 2 * size, size)), (), ends=0.4)
