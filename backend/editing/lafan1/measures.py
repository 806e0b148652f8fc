"""The measures of LAFAN1's benchmark.

Source: Harvey, Yurick, Nowrouzezahrai and Pal 2020, *Robust motion in-betweening*, section 5;
Gopalakrishnan et al. 2019, *A neural temporal model for human motion prediction* (NPSS). As the
authors' own programs compute them: NPSS sees the real parts of the Fourier coefficients alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PositionScale:
    """Mean and standard deviation (J, 3) of joints' positions over all frames of training."""

    mean: Reals
    deviation: Reals


def l2p(found: Reals, true: Reals, scale: PositionScale) -> float:
    """Mean distance of all joints' positions together, normalised.

    Args:
        found, true: (B, T, J, 3) in the world.
        scale: of the training set; a coordinate that never varies there counts as it is.
    """
    deviation = np.where(scale.deviation > 0.0, scale.deviation, 1.0)
    apart = (np.asarray(found, np.float64) - true) / deviation
    return float(np.sqrt((apart**2).sum(axis=(2, 3))).mean())


def l2q(found: Reals, true: Reals) -> float:
    """Mean distance of all joints' world quaternions together.

    Args:
        found, true: (B, T, J, 4), both without leaps of sign from the last known frame on: as in
            the benchmark, what has turned by more than half a turn counts as far off.
    """
    apart = np.asarray(found, np.float64) - true
    return float(np.sqrt((apart**2).sum(axis=(2, 3))).mean())


def npss(found: Reals, true: Reals) -> float:
    """Normalised power spectrum similarity: 0 where both have the same spectrum.

    Earth mover's distance between the spectra of each coordinate, weighted by its true power.

    Args:
        found, true: (B, T, D) over time, such as world quaternions.
    """
    both = (np.asarray(each, np.float64) for each in (found, true))
    powers = [np.square(np.real(np.fft.fft(each, axis=1))) for each in both]
    totals = [power.sum(axis=1) for power in powers]
    shares = [
        np.cumsum(power / np.where(total > 0.0, total, 1.0)[:, None], axis=1)
        for power, total in zip(powers, totals, strict=True)
    ]
    moved = np.abs(shares[0] - shares[1]).sum(axis=1)
    weight = float(totals[1].sum())
    return float((moved * totals[1]).sum() / weight) if weight > 0.0 else 0.0
