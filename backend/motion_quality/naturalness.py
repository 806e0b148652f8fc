"""How near generated motion is to captured motion of the same speeds.

The convention: positions in centimetres, velocities as the way they go in one window (× 0.5 s),
also in centimetres, 16 principal components of the captured walks, turns, runs and uneven ground
(mirrored too), and the Fréchet distance itself, not its square. With it a set of held-out captures
comes to 20, a mix of 53 captured cycles slid along the flat suite to 45 and the best single one to
59, which is where the published anchors of the measure lie (20, 39–45, 61).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .frechet import (
    FrechetDistance,
    PrincipalComponents,
    Reals,
    fit_components,
    fit_gaussian,
    frechet_distance,
    match_speeds,
)
from .windows import INSTANTS, WINDOW_S, Windows

COMPONENTS = 16
ALL_COMPONENTS = 96
"""These hold 99 % of the reference's variance; what is wrong beside the first 16 shows here."""


@dataclass(frozen=True, eq=False)
class NaturalnessReference:
    """Windows of captured motion, seen through their own principal components.

    Args:
        components: of the scaled reference features, all 96.
        projected: (N, 96) the reference on them.
        windows: the reference's windows, standing left out.
    """

    components: PrincipalComponents
    projected: Reals
    windows: Windows

    @classmethod
    def from_windows(cls, windows: Windows) -> NaturalnessReference:
        """Fit the components to the moving windows of captured motion."""
        moving = windows.moving
        scaled = scale_features(moving.features)
        components = fit_components(scaled, ALL_COMPONENTS)
        return cls(components, components.project(scaled), moving)

    def distance(self, generated: Windows, components: int = COMPONENTS) -> FrechetDistance | None:
        """Fréchet distance to the reference re-weighted to the same speeds; None without motion."""
        moving = generated.moving
        if not len(moving.speeds_m_s):
            return None
        seen = self.components.project(scale_features(moving.features), components)
        weights = match_speeds(self.windows.speeds_m_s, moving.speeds_m_s)
        desired = fit_gaussian(self.projected[:, :components], weights)
        return frechet_distance(fit_gaussian(seen), desired)

    def jerk_ratio(self, generated: Windows) -> float | None:
        """Mean joint jerk over that of the reference at the same speeds; None without motion."""
        moving = generated.moving
        if not len(moving.speeds_m_s):
            return None
        weights = match_speeds(self.windows.speeds_m_s, moving.speeds_m_s)
        return float(moving.jerks.mean() / (weights @ self.windows.jerks))


def scale_features(features: Reals) -> Reals:
    """(N, 5·J·6) metres and metres per second to centimetres, and centimetres in one window."""
    parts = features.reshape(len(features), INSTANTS, 2, -1)
    units = np.array([100.0, 100.0 * WINDOW_S])[:, None]
    return np.asarray((parts * units).reshape(len(features), -1))
