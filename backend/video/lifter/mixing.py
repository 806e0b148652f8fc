"""Which kind of sample comes next: errors drawn, lent by films, even ones, or films themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .bodies import Bank
from .rendered import Lender, read_films
from .samples import Sampler, Samples, drawn_errors, even_errors

_EVEN: Final = 0.35
"""Share of samples with errors of no network in particular."""


@dataclass(frozen=True)
class Mixture:
    """Shares of the samples that films have a part in.

    Args:
        lent: their errors, on other motion.
        filmed: they themselves.
    """

    lent: float = 0.3
    filmed: float = 0.2


class Mixer:
    """Draws batches of one kind or another.

    Args:
        bank: of recorded motion.
        rng: draws.
        films: folder of rendered films with what was seen in them; None for none.
        only_even: errors of no network in particular, and nothing else.
        mixture: how often films are drawn on.
    """

    def __init__(
        self,
        bank: Bank,
        rng: np.random.Generator,
        films: Path | None = None,
        only_even: bool = False,
        mixture: Mixture | None = None,
    ) -> None:
        self._sampler, self._rng, self._only_even = Sampler(bank, rng), rng, only_even
        self._lender = None if films is None or only_even else Lender(read_films(films), rng)
        self._mixture = mixture or Mixture()

    def draw(self, batch: int, frames: int) -> Samples:
        """The next batch: so many sequences of so many frames."""
        if self._only_even:
            return self._sampler.samples(batch, frames, even_errors)
        kind = self._rng.random()
        if kind < _EVEN:
            return self._sampler.samples(batch, frames, even_errors)
        if self._lender is not None:
            if kind < _EVEN + self._mixture.filmed:
                return self._lender.samples(batch, frames)
            if kind < _EVEN + self._mixture.filmed + self._mixture.lent:
                return self._sampler.samples(batch, frames, self._lender.detect)
        return self._sampler.samples(batch, frames, drawn_errors)
