"""Nobody in step: requests of several characters made different from each other.

What differs is spread evenly over the crowd rather than drawn for each alone: of eight characters
whose phases are drawn two are nearly in step more often than not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...ground.path import Path
from ...ground.standing import MAX_STAND_S
from ..request import WalkRequest
from .settings import CrowdSettings

_GOLDEN: Final = 0.6180339887498949
_UNEVEN: Final = 0.7
"""How far somebody begins from their place in the order, as a share of a place."""
_OTHER_SEED: Final = 104_729
_TRIES: Final = 64


def vary_requests(
    requests: Sequence[WalkRequest],
    settings: CrowdSettings,
    *,
    captured_styles: int = 0,
    fastest_m_s: float = np.inf,
) -> list[WalkRequest]:
    """Make several characters differ; the same seed gives the same crowd.

    Who has to arrive at a time keeps speed and start. The time to begin is waited before the first
    step, alive.

    Args:
        requests: one for each character.
        settings: how much.
        captured_styles: how many the model has; 0 if that is unknown.
        fastest_m_s: that the model walks.
    """
    if not settings.vary or not requests:
        return list(requests)
    count = len(requests)
    rng = np.random.default_rng(settings.vary_seed)
    phases = spread_phases(count, float(rng.uniform()))
    places = (rng.permutation(count) + 0.5) / count
    factors = 1.0 + 0.01 * settings.vary_speed_percent * (2.0 * places - 1.0)
    delays = _delays(count, settings.vary_delay_s, rng)
    seeds = [request.seed for request in requests]
    if settings.vary_styles:
        seeds = other_styles(seeds, captured_styles)
    varied = []
    for n, request in enumerate(requests):
        each = replace(request, phase_rad=float(phases[n]), seed=seeds[n])
        if request.path is not None and request.arrive_s is None:
            begin = min(request.stand_before_s + float(delays[n]), MAX_STAND_S)
            path = _at_speed(request.path, float(factors[n]), fastest_m_s)
            each = replace(each, path=path, stand_before_s=begin)
        varied.append(each)
    return varied


def spread_phases(count: int, offset: float = 0.0) -> Floats:
    """(count,) phases evenly around the circle; those beside each other in a list far apart.

    Args:
        count: of characters.
        offset: 0 … 1, where the first is in a step.
    """
    order: Ints = np.argsort(np.argsort((np.arange(count) * _GOLDEN) % 1.0))
    return np.asarray(2 * np.pi * ((order / max(count, 1) + offset) % 1.0))


def other_styles(seeds: Sequence[int], captured_styles: int) -> list[int]:
    """Seeds that pick another captured style each, as long as there are any left.

    Args:
        seeds: kept where nobody before has the same style.
        captured_styles: how many the model has; 0 keeps all that differ.
    """
    found: list[int] = []
    taken: set[int] = set()
    for seed in seeds:
        if captured_styles and len(taken) >= captured_styles:
            taken = set()
        count = _TRIES * max(captured_styles, len(seeds))
        tries = (seed + n * _OTHER_SEED for n in range(count))
        new = next((each for each in tries if _style(each, captured_styles) not in taken), seed)
        taken.add(_style(new, captured_styles))
        found.append(new)
    return found


def _style(seed: int, captured_styles: int) -> int:
    """Which captured style a seed picks; where that is unknown the seed itself."""
    return (
        int(np.random.default_rng(seed).integers(captured_styles)) if captured_styles > 1 else seed
    )


def _delays(count: int, within_s: float, rng: np.random.Generator) -> Floats:
    """(count,) seconds, evenly but not like a clock; one is 0."""
    order = rng.permutation(count).astype(np.float64)
    uneven = _UNEVEN * (rng.random(count) - 0.5) * ((order > 0) & (order < count - 1))
    return np.asarray(within_s * (order + uneven) / max(count - 1, 1))


def _at_speed(path: Path, factor: float, fastest_m_s: float) -> Path:
    """The path walked faster or slower; beyond what the model can nobody is made to go."""
    most = max(fastest_m_s, float(path.speeds_m_s.max()))
    speeds = np.minimum(path.speeds_m_s * factor, most)
    return Path(path.points, speeds, path.stops, path.closed)
