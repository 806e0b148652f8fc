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
_VARIATION_SEED: Final = 7919
"""Set apart from the draws of style and phase, which use the seed alone."""


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
        self._deviation = np.zeros((dimensions, dimensions), np.float32)
        if settings.has("stride_deviation"):
            shape = (dimensions, dimensions)
            self._deviation = settings.table("stride_deviation", shape, -_LARGEST, _LARGEST)
        self._persistence = settings.number("stride_persistence", 0.0, 0.99, 0.0)

    def _read_named(self, settings: SettingsReader, dimensions: int) -> None:
        names = settings.names("named_styles")
        shape = (len(names), dimensions)
        vectors = settings.table("named_style_vectors", shape, -_LARGEST, _LARGEST)
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

    def variation(self, seeds: Sequence[int]) -> StrideVariation:
        """How each of B characters varies from stride to stride."""
        return StrideVariation(seeds, self._deviation, self._persistence)


class StrideVariation:
    """Deviations from a style, one a stride, smooth in between.

    Args:
        seeds: (B,) of the characters.
        deviation: (S, S) lower triangle; times independent unit normals it has the spread of
            strides.
        persistence: correlation of a stride with the one before.
    """

    def __init__(self, seeds: Sequence[int], deviation: Floats, persistence: float) -> None:
        self._generators = [np.random.default_rng([seed, _VARIATION_SEED]) for seed in seeds]
        self._deviation, self._persistence = deviation, persistence
        self._still = not deviation.any()
        self._strides = self._draw(np.zeros((len(seeds), 1, len(deviation)), np.float32), 64)

    def _draw(self, last: Floats, count: int) -> Floats:
        """(B, count, S) strides that follow the last ones (B, 1, S)."""
        shape = (count, len(self._deviation))
        drawn = np.stack([each.standard_normal(shape, np.float32) for each in self._generators])
        drawn = drawn @ self._deviation.T
        fresh, before = np.sqrt(1 - self._persistence**2), last[:, 0]
        for stride in range(count):
            before = self._persistence * before + fresh * drawn[:, stride]
            drawn[:, stride] = before
        return np.asarray(drawn, np.float32)

    def at(self, strides: Floats) -> Floats:
        """(B, S) deviations where (B,) strides, whole ones and parts, have been made."""
        if self._still:
            return np.zeros((len(strides), len(self._deviation)), np.float32)
        whole = np.floor(strides).astype(np.int64)
        while whole.max() + 1 >= self._strides.shape[1]:
            more = self._draw(self._strides[:, -1:], self._strides.shape[1])
            self._strides = np.concatenate((self._strides, more), axis=1)
        part = (strides - whole).astype(np.float32)[:, None]
        share = part * part * (3 - 2 * part)
        rows = np.arange(len(whole))
        before, after = self._strides[rows, whole], self._strides[rows, whole + 1]
        return np.asarray((1 - share) * before + share * after)
