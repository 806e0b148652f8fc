"""What the network of gaze behaviour is compared with: mixtures, chains, and a memory of places.

All give a density of the same encoded events, so that their likelihoods can be compared. Sizes are
chosen where people kept for validation are predicted best.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.gaze.events import HISTORY, ROLES

from .conversation import Recording

BASELINES = ("gmm", "cache", "markov", "markov_mixture")
"""Independent mixtures, a memory of places, a chain on a grid, a chain by a mixture."""

_log = logging.getLogger(__name__)
_DRAWS = 2
_FEWEST = 20
_EDGE_DEG = 60.0
_REACHES_DEG = (0.25, 0.6, 1.5, 4.0)
_NEAREST_RAD = float(np.deg2rad(0.25))
_TIMING_COMPONENTS = 12
_ROUNDS = 100
_AMPLITUDE_EDGES_DEG = (0.7, 1.2, 2.0, 3.5, 6.0, 10.0, 16.0)


@dataclass(frozen=True, eq=False)
class Events:
    """Events of several people, with what lay before each.

    Args:
        events: (N, 4) encoded.
        before: (N, 3) the person's event before: yaw, pitch, duration; zero at the beginning.
        roles: (N,) numbers into ROLES.
        with_pause: (N,) whether the pause was recorded.
        past: (N, K, 2) directions of the person's last fixations, latest first; NaN where there
            were none.
    """

    events: Floats
    before: Floats
    roles: Ints
    with_pause: Bools
    past: Floats

    def of_role(self, role: int) -> Events:
        """Those in one role."""
        chosen = self.roles == role
        return Events(*(getattr(self, each.name)[chosen] for each in fields(self)))


class Baseline(Protocol):
    """A density of the next event."""

    def log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        ...

    def direction_log_density(self, data: Events) -> Floats:
        """(N,) the same of the direction alone, whenever it comes."""
        ...


def gather(recordings: Sequence[Recording], seed: int = 0) -> Events:
    """All events of these people, dequantised."""
    rng = np.random.default_rng(seed)
    events = [each.events(rng).astype(np.float64) for each in recordings]
    before = [np.concatenate((np.zeros((1, 3)), each[:-1, :3])) for each in events]
    return Events(
        np.concatenate(events),
        np.concatenate(before),
        np.concatenate([each.roles for each in recordings]),
        np.concatenate([each.with_pause for each in recordings]),
        np.concatenate([_past(each.direction_rad) for each in recordings]),
    )


def _past(directions_rad: Floats) -> Floats:
    """(N, K, 2) what lay before each of N fixations (N, 2)."""
    place = np.arange(len(directions_rad))[:, None] - 1 - np.arange(HISTORY)
    return np.where(place[..., None] >= 0, directions_rad[np.maximum(place, 0)], np.nan)


def event_losses(model: Baseline, recordings: Sequence[Recording]) -> Floats:
    """(N, 2) negative log-likelihood of each event, and of its direction alone.

    Averaged over dequantisations.
    """
    draws = [gather(recordings, seed) for seed in range(_DRAWS)]
    whole = -np.mean([model.log_density(each) for each in draws], axis=0)
    return np.stack((whole, -model.direction_log_density(draws[0])), axis=-1)


def mean_loss(model: Baseline, recordings: Sequence[Recording]) -> float:
    """Negative log-likelihood of an event, averaged over dequantisations and all events."""
    draws = (gather(recordings, seed) for seed in range(_DRAWS))
    return float(np.mean([-model.log_density(each).mean() for each in draws]))


def choose(
    fits: dict[str, Callable[[], Baseline]], validated: Sequence[Recording]
) -> tuple[str, Baseline]:
    """The candidate that predicts people kept for validation best, with its name."""
    models = {name: fit() for name, fit in fits.items()}
    losses = {name: mean_loss(model, validated) for name, model in models.items()}
    best = min(losses, key=losses.__getitem__)
    _log.info("%s of %s", best, {name: round(loss, 3) for name, loss in losses.items()})
    return best, models[best]


class RoleMixture:
    """Independent events: a Gaussian mixture with full covariances for each role.

    Args:
        data: to fit to.
        components: of each role.
    """

    def __init__(self, data: Events, components: int) -> None:
        parts = [data.of_role(role) for role in range(len(ROLES))]
        self._mixtures = [fit_mixture(part.events, part.with_pause, components) for part in parts]

    def log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = np.zeros(len(data.events))
        for role, mixture in enumerate(self._mixtures):
            mine = data.of_role(role)
            found[data.roles == role] = np.where(
                mine.with_pause, mixture.density(mine.events), mixture.density(mine.events[:, :3])
            )
        return found

    def direction_log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = np.zeros(len(data.events))
        for role, mixture in enumerate(self._mixtures):
            found[data.roles == role] = mixture.density(data.of_role(role).events[:, :2])
        return found


class MarkovMixture:
    """The next event given the one before, by a Gaussian mixture over both, for each role."""

    def __init__(self, data: Events, components: int) -> None:
        parts = [data.of_role(role) for role in range(len(ROLES))]
        self._mixtures = [
            fit_mixture(np.concatenate((p.before, p.events), axis=1), p.with_pause, components)
            for p in parts
        ]

    def log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = np.zeros(len(data.events))
        for role, mixture in enumerate(self._mixtures):
            mine = data.of_role(role)
            both = np.concatenate((mine.before, mine.events), axis=1)
            joint = np.where(mine.with_pause, mixture.density(both), mixture.density(both[:, :6]))
            found[data.roles == role] = joint - mixture.density(mine.before)
        return found

    def direction_log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = np.zeros(len(data.events))
        for role, mixture in enumerate(self._mixtures):
            mine = data.of_role(role)
            both = np.concatenate((mine.before, mine.events[:, :2]), axis=1)
            found[data.roles == role] = mixture.density(both) - mixture.density(mine.before)
        return found


class MarkovGrid:
    """Eyes Alive's chain: from cell to cell of a grid, timing drawn by role and by amplitude.

    Counts of a role are smoothed towards those of all roles, these towards how often a cell is
    looked at, and these towards an even grid. Durations depend on the role, pauses on how far the
    eye goes.

    Source: Lee, Badler, Badler 2002, *Eyes Alive*, section 4. Where we differ: cells instead of
    eight directions and a magnitude, and smoothing, without which unseen shifts would be
    impossible.

    Args:
        data: to fit to.
        cell_deg: side of a cell.
        trust: how many counts the smoothing is worth.
    """

    def __init__(self, data: Events, cell_deg: float, trust: float) -> None:
        self._side = np.deg2rad(cell_deg)
        self._trust = trust
        self._across = int(2 * _EDGE_DEG / cell_deg) + 1
        cells = self._across**2
        start, end = self._cells(data.before), self._cells(data.events)
        ones = np.ones(len(end))
        self._often = (np.bincount(end, minlength=cells) + 0.5 / cells) / (len(end) + 0.5)
        self._counts = [
            csr_matrix((ones[chosen], (start[chosen], end[chosen])), shape=(cells, cells))
            for chosen in (np.ones(len(end), np.bool_), *(data.roles == r for r in range(3)))
        ]
        self._from = [np.asarray(counts.sum(axis=1)).ravel() for counts in self._counts]
        always = np.ones(len(end), np.bool_)
        self._durations = [
            fit_mixture(part.events[:, 2:3], always[: len(part.events)], 8)
            for part in (data.of_role(role) for role in range(len(ROLES)))
        ]
        places = self._amplitude_places(data)
        self._pauses = [
            fit_mixture(data.events[:, 3:], self._enough(data.with_pause, places == n), 6)
            for n in range(len(_AMPLITUDE_EDGES_DEG) + 1)
        ]

    @staticmethod
    def _enough(known: Bools, desired: Bools) -> Bools:
        """Pauses after shifts as far as desired; all there are where those are few."""
        both = known & desired
        return both if both.sum() >= _FEWEST else known

    def _cells(self, where: Floats) -> Ints:
        limit = np.deg2rad(_EDGE_DEG)
        places = ((np.clip(where[:, :2], -limit, limit) + limit) / self._side).astype(np.int64)
        places = np.minimum(places, self._across - 1)
        return np.asarray(places[:, 0] * self._across + places[:, 1])

    def _amplitude_places(self, data: Events) -> Ints:
        amplitude = np.linalg.norm(data.events[:, :2] - data.before[:, :2], axis=-1)
        return np.digitize(np.rad2deg(amplitude), _AMPLITUDE_EDGES_DEG)

    def direction_log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        start, end = self._cells(data.before), self._cells(data.events)
        chance = self._smooth(0, start, end, self._often[end])
        for role in range(len(ROLES)):
            mine = data.roles == role
            chance[mine] = self._smooth(role + 1, start[mine], end[mine], chance[mine])
        return np.asarray(np.log(chance) - 2 * np.log(self._side))

    def log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = self.direction_log_density(data)
        for role, mixture in enumerate(self._durations):
            mine = data.roles == role
            found[mine] += mixture.density(data.events[mine, 2:3])
        places = self._amplitude_places(data)
        for place, mixture in enumerate(self._pauses):
            mine = (places == place) & data.with_pause
            found[mine] += mixture.density(data.events[mine, 3:])
        return np.asarray(found)

    def _smooth(self, which: int, start: Ints, end: Ints, towards: Floats) -> Floats:
        """Share of shifts from ``start`` that end at ``end``, drawn towards another share."""
        counts = np.asarray(self._counts[which][start, end]).ravel()
        return np.asarray(
            (counts + self._trust * towards) / (self._from[which][start] + self._trust)
        )


class PlaceCache:
    """Eyes return: the next fixation near one of the last sixteen, or anywhere, as roles have it.

    The direction is a mixture of normal densities around the latest fixation, around the fifteen
    before it, and the role's own mixture; how much of each, by role, is learned by expectation
    maximisation. Durations and pauses depend on the role and on how far the eye goes.

    Args:
        data: to fit to.
        components: of each role's mixture.
    """

    def __init__(self, data: Events, components: int) -> None:
        self._anywhere = RoleMixture(data, components)
        parts = [data.of_role(role) for role in range(len(ROLES))]
        self._timing = [
            fit_mixture(self._shifts(part), part.with_pause, _TIMING_COMPONENTS) for part in parts
        ]
        terms = self._terms(data)
        self._weights = np.full((len(ROLES), terms.shape[1]), 1.0 / terms.shape[1])
        for role, weights in enumerate(self._weights):
            mine = terms[data.roles == role]
            for _ in range(_ROUNDS if len(mine) else 0):
                shares = np.log(weights) + mine
                shares -= logsumexp(shares, axis=1, keepdims=True)
                weights[:] = np.exp(shares).mean(axis=0) + 1e-9
                weights /= weights.sum()

    @staticmethod
    def _shifts(data: Events) -> Floats:
        """(N, 3) logarithm of how far the eye goes, duration, pause."""
        way = np.linalg.norm(data.events[:, :2] - data.before[:, :2], axis=-1, keepdims=True)
        return np.concatenate((np.log(way + _NEAREST_RAD), data.events[:, 2:]), axis=1)

    def _terms(self, data: Events) -> Floats:
        """(N, 1 + 2 S) log densities of each event anywhere, around the latest, around the rest."""
        anywhere = self._anywhere.direction_log_density(data)
        apart = np.square(data.past - data.events[:, None, :2]).sum(axis=-1)  # N, K
        terms = [anywhere]
        for reach in np.deg2rad(_REACHES_DEG):
            near = -apart / (2 * reach**2) - np.log(2 * np.pi * reach**2)
            for part in (near[:, :1], near[:, 1:]):
                known = np.isfinite(part)
                inside = logsumexp(np.where(known, part, -np.inf), axis=1, b=known)
                count = known.sum(axis=1)
                # Who has no past yet is looked for anywhere.
                mean = inside - np.log(np.maximum(count, 1))
                terms.append(np.where(count > 0, mean, anywhere))
        return np.stack(terms, axis=1)

    def direction_log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        return np.asarray(logsumexp(np.log(self._weights)[data.roles] + self._terms(data), axis=1))

    def log_density(self, data: Events) -> Floats:
        """(N,) natural logarithm."""
        found = self.direction_log_density(data)
        for role, mixture in enumerate(self._timing):
            mine = data.of_role(role)
            shifts = self._shifts(mine)
            joint = np.where(
                mine.with_pause, mixture.density(shifts), mixture.density(shifts[:, :2])
            )
            found[data.roles == role] += joint - mixture.density(shifts[:, :1])
        return found


class FittedMixture:
    """A Gaussian mixture whose leading dimensions can be asked for alone."""

    def __init__(self, mixture: GaussianMixture, scale: Floats) -> None:
        self._log_weights = np.log(mixture.weights_)
        self._means = mixture.means_ * scale
        self._covariances = mixture.covariances_ * np.outer(scale, scale)

    def density(self, values: Floats) -> Floats:
        """Log density (N,) of the leading D dimensions (N, D)."""
        size = values.shape[1]
        if not len(values):
            return np.zeros(0)
        terms = [
            weight + multivariate_normal.logpdf(values, mean[:size], covariance[:size, :size])
            for weight, mean, covariance in zip(
                self._log_weights, self._means, self._covariances, strict=True
            )
        ]
        return np.asarray(logsumexp(np.reshape(terms, (len(terms), -1)), axis=0))


def fit_mixture(values: Floats, whole: Bools, components: int) -> FittedMixture:
    """Fit to what is complete; the same numbers give the same mixture.

    Args:
        values: (N, D).
        whole: (N,) rows in which every number was recorded.
        components: fewer are taken where there are few rows.
    """
    used = values[whole]
    scale = used.std(axis=0)
    count = min(components, max(1, len(used) // _FEWEST))
    mixture: Any = GaussianMixture(count, reg_covar=1e-6, random_state=0, max_iter=200)
    return FittedMixture(mixture.fit(used / scale), scale)


def fit_baselines(
    recordings: Sequence[Recording], validated: Sequence[Recording]
) -> dict[str, tuple[str, Baseline]]:
    """Every baseline at its best size: name to (what was chosen, model).

    Args:
        recordings: to fit to.
        validated: people by whom sizes are chosen.
    """
    data = gather(recordings)
    mixtures = {f"{k} components": lambda k=k: RoleMixture(data, k) for k in (16, 32)}
    chains = {f"{k} components": lambda k=k: MarkovMixture(data, k) for k in (16, 32)}
    grids = {
        f"cells of {side:g} degrees, trust {trust}": lambda side=side, trust=trust: MarkovGrid(
            data, side, trust
        )
        for side in (0.5, 1.0, 2.0, 4.0)
        for trust in (10, 40, 160, 640)
    }
    memories = {f"{k} components": lambda k=k: PlaceCache(data, k) for k in (8, 16)}
    return {
        "gmm": choose(mixtures, validated),
        "cache": choose(memories, validated),
        "markov": choose(grids, validated),
        "markov_mixture": choose(chains, validated),
    }
