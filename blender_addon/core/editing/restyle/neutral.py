"""The neutral gait at any speed: what a manner differs from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.arrays import ArrayFile
from ...jobs import Runner, WithArrays
from ...maths.rotations import normalise
from ..manifold.features import JOINTS
from .spectrum import TERMS, Spectrum

_NAMES: Final = {
    "posture": (None, JOINTS, 4), "height_m": (None,), "turns": (None, TERMS, JOINTS, 3),
    "sway": (None, TERMS, 3), "steps_s": (None, 2), "speed_m_s": (None,),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class NeutralGaits:
    """Spectra of the same average person from slow to fast.

    Args:
        spectra: of rising speed, one at least.
    """

    spectra: tuple[Spectrum, ...]

    @classmethod
    def of(cls, session: Runner) -> NeutralGaits | None:
        """Those that lie beside a model; None where there are none.

        Raises:
            ModelError: they are damaged.
        """
        arrays = session.arrays if isinstance(session, WithArrays) else None
        return None if arrays is None else cls.read(arrays)

    @classmethod
    def read(cls, arrays: ArrayFile) -> NeutralGaits:
        """From a file as ``as_arrays`` makes it.

        Raises:
            ModelError: it is damaged.
        """
        kept = {name: arrays.floats(name, shape) for name, shape in _NAMES.items()}
        order = np.argsort(kept["speed_m_s"])
        return cls(
            tuple(
                Spectrum(
                    normalise(kept["posture"][n]),
                    float(kept["height_m"][n]),
                    kept["turns"][n],
                    kept["sway"][n],
                    (float(kept["steps_s"][n, 0]), float(kept["steps_s"][n, 1])),
                    float(kept["speed_m_s"][n]),
                )
                for n in order
            )
        )

    def as_arrays(self) -> dict[str, Floats]:
        """To be kept as a file, in halves but for what needs to be exact."""
        return {
            name: np.array([getattr(each, name) for each in self.spectra]).astype(np.float16)
            for name in _NAMES
        }

    def at(self, speed_m_s: float) -> Spectrum:
        """The gait at a speed; beyond the slowest and the fastest, those."""
        speeds = [each.speed_m_s for each in self.spectra]
        place = float(np.interp(speed_m_s, speeds, np.arange(len(speeds))))
        before = int(place)
        after = min(before + 1, len(speeds) - 1)
        return self.spectra[before].blended(self.spectra[after], place - before)
