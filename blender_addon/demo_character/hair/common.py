"""What the ways of laying hair have in common: pure NumPy."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ...core.conventions import Floats
from .locks import spread_roots
from .plan import TONE_SHARES
from .scalp import directions, hairline_m, mean_places

CROWN: Final = directions(np.array(180.0), np.array(58.0))
SKULL_M: Final = 0.092  # an angle of 1 along the scalp


def hair_roots(count: int, receding: float = 0.0) -> tuple[Floats, Floats]:
    """Roots spread over the hair's skin, and how far above the hairline; count on a sphere."""
    roots = spread_roots(count)
    line = hairline_m(mean_places(roots), receding)
    return roots[line > 0.002], line[line > 0.002]


def away_from(here: Floats, pole: Floats) -> Floats:
    """(L, 3) unit ways straight away from a direction."""
    way = here * np.einsum("lc,lc->l", here, np.broadcast_to(pole, here.shape))[:, None] - pole
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6))


def drawn_looks(rng: np.random.Generator, count: int) -> dict[str, Any]:
    """Thicker edges and tones of locks at random."""
    return {
        "flips": np.where(rng.random(count) < 0.5, -1.0, 1.0),
        "tones": rng.choice(3, count, p=TONE_SHARES),
    }
