"""Hair so short that it is a tint of the skin: pure NumPy."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints

# Materials from nearly bare skin to full hair; their colours are mixtures of both.
SHADES: Final = (*(f"HairThin{number}" for number in range(1, 6)), "HairDark")


def shades(depth: Floats, seed: int, grain: float = 0.08) -> dict[str, Ints]:
    """Faces by shade: the deeper in the hair the darker, with a grain as of single hairs.

    Args:
        depth: (M,) of each face, 0 at the edge to 1 where hair is full.
        seed: of the grain.
        grain: how far it makes shades jump.
    """
    noise = np.random.default_rng(seed).uniform(-grain, grain, len(depth))
    noise = np.where(depth < 1.0, noise, 0.0)
    shade = np.clip(((depth + noise) * len(SHADES)).astype(np.int64), 0, len(SHADES) - 1)
    return {name: np.flatnonzero(shade == n) for n, name in enumerate(SHADES)}
