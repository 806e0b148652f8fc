"""The styles a model walks in: captured ones, named ones, and how a person varies stride by stride.

A style is a vector that the model's encoder gives to a window of captured motion. Nobody repeats a
stride exactly: to the style comes a deviation for each stride, drawn with the spread that the
encoder found between the strides of one recording, and following the one before it as those do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError
from ..inference.contract import ModelContract
from ..inference.settings import SettingsReader
from .direction import Directions, StyleChoice, eased

_LARGEST: Final = 1e3
_WALKING_SEED: Final = 7919
_STANDING_SEED: Final = 104729
STANDING_MOMENT_S: Final = 1.2
"""Who stands shifts, looks and sways on from one such moment to the next."""


@dataclass(frozen=True)
class NamedStyle:
    """A style that can be asked for.

    Args:
        name: by which it is stored and given on the command line.
        title: in the menu.
        description: what was measured of it.
    """

    name: str
    title: str
    description: str


class Styles:
    """The styles of one model.

    Args:
        contract: of the model.
        dimensions: S, numbers of a style vector.

    Raises:
        ContractError: a table does not have the shape it should.
    """

    def __init__(self, contract: ModelContract, dimensions: int) -> None:
        settings = SettingsReader(contract)
        self._captured = settings.table("style_vectors", (None, dimensions))
        names = settings.names("style_names") if settings.has("style_names") else ()
        if names and len(names) != len(self._captured):
            expected = f"a row for each of the {len(names)} style_names"
            raise settings.wrong("style_vectors", expected, self._captured.tolist())
        self.named: tuple[NamedStyle, ...] = ()
        self._vectors: dict[str, Floats] = {}
        if settings.has("named_styles"):
            self._read_named(settings, dimensions)
        self._strides = _read_spread(settings, "stride", dimensions)
        self._standing = _read_spread(settings, "standing", dimensions)
        self._standing_style: Floats | None = None
        if settings.has("standing_style"):
            self._standing_style = settings.table("standing_style", (dimensions,))

    def _read_named(self, settings: SettingsReader, dimensions: int) -> None:
        names = settings.names("named_styles")
        vectors = settings.table("named_style_vectors", (None, dimensions), -_LARGEST, _LARGEST)
        if len(names) != len(vectors):
            expected = f"a name for each of the {len(vectors)} named_style_vectors"
            raise settings.wrong("named_styles", expected, list(names))
        titles = settings.names("named_style_titles", count=len(names))
        described = settings.names("named_style_descriptions", count=len(names))
        self.named = tuple(map(NamedStyle, names, titles, described))
        self._vectors = dict(zip(names, vectors, strict=True))

    @property
    def dimensions(self) -> int:
        """S."""
        return int(self._captured.shape[1])

    def captured(self, seed: int) -> Floats:
        """(S,) the captured style of walking that a seed picks."""
        return np.asarray(self._captured[np.random.default_rng(seed).integers(len(self._captured))])

    def vector(self, choice: StyleChoice, seed: int) -> Floats:
        """(S,) of a choice.

        Raises:
            SettingsError: the model has no style of that name.
        """
        first = self._named_vector(choice.name, seed)
        if not choice.other or choice.blend <= 0.0:
            return first
        share = np.float32(min(choice.blend, 1.0))
        return (1 - share) * first + share * self._named_vector(choice.other, seed)

    def _named_vector(self, name: str, seed: int) -> Floats:
        if not name:
            return self.captured(seed)
        if name not in self._vectors:
            known = ", ".join(self._vectors) or "none at all"
            raise SettingsError(
                f"the model has no style named '{name}'; it has {known}. Choose one of them, or "
                "none for the style that the seed picks"
            )
        return self._vectors[name]

    def along(self, directions: Directions, distances_m: Floats, seed: int) -> Floats:
        """(T, S) the style at distances (T,) along a path, or (1, S) where it stays the same.

        Raises:
            SettingsError: the model has no style of a name that is asked for.
        """
        style = self.vector(directions.style, seed)
        if not directions.style_changes:
            return style[None]
        styles = np.repeat(style[None], len(distances_m), axis=0)
        for change in sorted(directions.style_changes, key=lambda each: each.at_m):
            share = eased(distances_m, change.at_m)[:, None]
            styles = (1 - share) * styles + share * self.vector(change.style, seed)
        return styles.astype(np.float32)

    def variation(self, seeds: Sequence[int]) -> StyleVariation:
        """How each of B characters varies while it walks and while it stands."""
        walking = Wandering(seeds, self._strides, _WALKING_SEED)
        standing = Wandering(seeds, self._standing, _STANDING_SEED)
        return StyleVariation(walking, standing, self._standing_style)


@dataclass(frozen=True, eq=False)
class Spread:
    """How a person differs from moment to moment.

    Args:
        deviation: (S, S) lower triangle; times independent unit normals it has the spread.
        persistence: correlation of a moment with the one before.
    """

    deviation: Floats
    persistence: float


def _read_spread(settings: SettingsReader, of: str, dimensions: int) -> Spread:
    """The spread that a contract gives of strides, or of standing; none if it gives none."""
    shape = (dimensions, dimensions)
    deviation = np.zeros(shape, np.float32)
    if settings.has(f"{of}_deviation"):
        deviation = settings.table(f"{of}_deviation", shape, -_LARGEST, _LARGEST)
    return Spread(deviation, settings.number(f"{of}_persistence", 0.0, 0.99, 0.0))


class Wandering:
    """Vectors that wander about zero, a new one at each whole moment and smooth in between.

    Args:
        seeds: (B,) of the characters.
        spread: of the moments.
        kind: sets this apart from what else is drawn with the same seeds.
    """

    def __init__(self, seeds: Sequence[int], spread: Spread, kind: int) -> None:
        self._generators = [np.random.default_rng([seed, kind]) for seed in seeds]
        self._spread, self._size = spread, len(spread.deviation)
        self._still = not spread.deviation.any()
        if not self._still:
            self._drawn = self._draw(np.zeros((len(seeds), 1, self._size), np.float32), 64)

    def _draw(self, last: Floats, count: int) -> Floats:
        """(B, count, S) moments that follow the last ones (B, 1, S)."""
        shape, persistence = (count, self._size), self._spread.persistence
        drawn = np.stack([each.standard_normal(shape, np.float32) for each in self._generators])
        drawn = drawn @ self._spread.deviation.T
        fresh, before = np.sqrt(1 - persistence**2), last[:, 0]
        for moment in range(count):
            before = persistence * before + fresh * drawn[:, moment]
            drawn[:, moment] = before
        return np.asarray(drawn, np.float32)

    def at(self, moments: Floats) -> Floats:
        """(B, S) where (B,) moments, whole ones and parts, have passed."""
        if self._still:
            return np.zeros((len(moments), self._size), np.float32)
        whole = np.floor(moments).astype(np.int64)
        while whole.max() + 1 >= self._drawn.shape[1]:
            more = self._draw(self._drawn[:, -1:], self._drawn.shape[1])
            self._drawn = np.concatenate((self._drawn, more), axis=1)
        part = (moments - whole).astype(np.float32)[:, None]
        share = part * part * (3 - 2 * part)
        rows = np.arange(len(whole))
        before, after = self._drawn[rows, whole], self._drawn[rows, whole + 1]
        return np.asarray((1 - share) * before + share * after)


class StyleVariation:
    """Styles as they are at a moment.

    Args:
        walking: by the stride.
        standing: by ``STANDING_MOMENT_S``.
        standing_style: (S,) added to the style of who stands; None for standing as one walks.
    """

    def __init__(
        self, walking: Wandering, standing: Wandering, standing_style: Floats | None
    ) -> None:
        self._walking, self._standing = walking, standing
        self._standing_style = standing_style

    def of(self, styles: Floats, strides: Floats, seconds: float, stands: Floats) -> Floats:
        """Styles (B, S) of characters.

        Args:
            styles: (B, S) as chosen.
            strides: (B,) made since the beginning.
            seconds: since the beginning.
            stands: (B,) 0 … 1, how much each stands.
        """
        walking = self._walking.at(strides)
        if self._standing_style is None:
            return np.asarray(styles + walking)
        moments = np.full(len(styles), seconds / STANDING_MOMENT_S)
        standing = self._standing_style + self._standing.at(moments)
        share = stands.astype(np.float32)[:, None]
        return np.asarray(styles + (1 - share) * walking + share * standing)
