"""A mixture of components over events of gaze: its layout, its density, and drawing from it.

The density of an event is Σ αₖ N(yaw, pitch) N(duration) N(pause), every component with means,
scales and a correlation of yaw and pitch of its own, and the odds that a break follows.

Source: Bishop 1994, *Mixture density networks*, equations 22 to 24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..errors import ContractError
from ..inference.layout import Layout

_PARTS: Final = {
    "log_weights": 1,
    "direction_means": 2,
    "direction_scales": 2,
    "correlations": 1,
    "timing_means": 2,
    "timing_scales": 2,
    "break_logits": 1,
}
_NUMBERS: Final = sum(_PARTS.values())
_LOG_TWO_PI: Final = float(np.log(2 * np.pi))


def mixture_layout(components: int) -> Layout:
    """Where the parts of a mixture lie in the network's output, each component after component."""
    return Layout({name: size * components for name, size in _PARTS.items()})


@dataclass(frozen=True, eq=False)
class Mixture:
    """B mixtures of C components over encoded events.

    Args:
        log_weights: (B, C) logarithms of weights that sum to one.
        direction_means: (B, C, 2) yaw and pitch, radians.
        direction_scales: (B, C, 2) standard deviations, radians.
        correlations: (B, C) of yaw and pitch.
        timing_means: (B, C, 2) of encoded duration and pause.
        timing_scales: (B, C, 2).
        break_logits: (B, C) log odds that the eyes are not seen after this fixation.
    """

    log_weights: Floats
    direction_means: Floats
    direction_scales: Floats
    correlations: Floats
    timing_means: Floats
    timing_scales: Floats
    break_logits: Floats


def read_mixture(parameters: Floats) -> Mixture:
    """Parts of a network's output.

    Args:
        parameters: (B, M) as mixture_layout lays them out.

    Raises:
        ContractError: M is no whole number of components.
    """
    batch, size = parameters.shape
    components, rest = divmod(size, _NUMBERS)
    if rest or not components:
        raise ContractError(
            f"a mixture has a multiple of {_NUMBERS} parameters; found {size}; use a model of gaze "
            "behaviour"
        )
    parts = {
        name: np.asarray(parameters[:, part], np.float64).reshape(batch, components, -1)
        for name, part in mixture_layout(components).slices.items()
    }
    flat = {name: part[..., 0] if _PARTS[name] == 1 else part for name, part in parts.items()}
    return Mixture(**flat)


def component_log_densities(mixture: Mixture, events: Floats, with_pause: Bools) -> Floats:
    """Log density of an event under each component alone.

    Args:
        mixture: of B.
        events: (B, 4) encoded.
        with_pause: (B,) whether the pause counts; after a break it is unknown.

    Returns:
        (B, C), natural logarithm, per rad² and unit of the encoded durations.
    """
    late = (events[:, None, 2:] - mixture.timing_means) / mixture.timing_scales
    timing = -0.5 * late**2 - np.log(mixture.timing_scales) - 0.5 * _LOG_TWO_PI
    counted = timing[..., 0] + np.where(with_pause[:, None], timing[..., 1], 0.0)
    return np.asarray(_component_directions(mixture, events) + counted, np.float64)


def _component_directions(mixture: Mixture, events: Floats) -> Floats:
    """(B, C) log density of directions, the first two numbers of events (B, ...), per rad²."""
    off = (events[:, None, :2] - mixture.direction_means) / mixture.direction_scales
    rest = 1.0 - mixture.correlations**2
    cross = 2 * mixture.correlations * off[..., 0] * off[..., 1]
    return np.asarray(
        -0.5 * ((off**2).sum(-1) - cross) / rest
        - np.log(mixture.direction_scales).sum(-1)
        - 0.5 * np.log(rest)
        - _LOG_TWO_PI
    )


def log_density(parameters: Floats, events: Floats, with_pause: Bools) -> Floats:
    """Log density (B,) of events (B, 4) under the mixtures (B, M); see component_log_densities."""
    mixture = read_mixture(parameters)
    terms = mixture.log_weights + component_log_densities(mixture, events, with_pause)
    return np.asarray(np.logaddexp.reduce(terms, axis=-1), np.float64)


def direction_log_density(parameters: Floats, events: Floats) -> Floats:
    """Log density (B,) of the directions of events (B, 4) alone, whenever they come, per rad²."""
    mixture = read_mixture(parameters)
    terms = mixture.log_weights + _component_directions(mixture, events)
    return np.asarray(np.logaddexp.reduce(terms, axis=-1), np.float64)


def sample_mixture(
    parameters: Floats | Mixture,
    rng: np.random.Generator | Sequence[np.random.Generator],
    temperature: float = 1.0,
) -> tuple[Floats, Bools]:
    """Draw an event from each mixture.

    Args:
        parameters: (B, M) of the network, or mixtures whose weights were changed since.
        rng: one generator, or one for each of B so that nobody's draw depends on who else is there.
        temperature: 0 takes means of the likeliest components; 1 draws as learned; above, wilder.

    Returns:
        events (B, 4), encoded; and whether a break follows, (B,).
    """
    mixture = parameters if isinstance(parameters, Mixture) else read_mixture(parameters)
    count = len(mixture.log_weights)
    if isinstance(rng, np.random.Generator):
        uniform, normal = rng.random((count, 2)), rng.standard_normal((count, 4))
    else:
        uniform = np.stack([each.random(2) for each in rng])
        normal = np.stack([each.standard_normal(4) for each in rng])
    chosen = _choose(mixture.log_weights, uniform[:, 0], temperature)
    rows = np.arange(count)
    tilt = mixture.correlations[rows, chosen]
    # Cholesky factor of a correlation: pitch is what it shares with yaw and what it has alone.
    pitch = tilt * normal[:, 0] + np.sqrt(1.0 - tilt**2) * normal[:, 1]
    unit = np.stack((normal[:, 0], pitch, normal[:, 2], normal[:, 3]), axis=-1)
    means, scales = (
        np.concatenate([part[rows, chosen] for part in parts], axis=-1)
        for parts in (
            (mixture.direction_means, mixture.timing_means),
            (mixture.direction_scales, mixture.timing_scales),
        )
    )
    events = means + np.sqrt(temperature) * scales * unit
    odds = np.exp(-np.logaddexp(0.0, -mixture.break_logits[rows, chosen]))
    return events.astype(np.float32), uniform[:, 1] < odds


def _choose(log_weights: Floats, uniform: Floats, temperature: float) -> Ints:
    """A component for each of B: where the cumulated weights pass a uniform number."""
    sharpened = log_weights / max(temperature, 1e-3)
    weights = np.exp(sharpened - sharpened.max(-1, keepdims=True))
    passed = np.cumsum(weights, axis=-1) / weights.sum(-1, keepdims=True)
    last = log_weights.shape[-1] - 1
    return np.asarray(np.minimum((passed < uniform[:, None]).sum(-1), last), np.int64)
