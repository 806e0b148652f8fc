"""A judge of manners: which one a second of motion shows, learned from real clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.manifold.features import LAYOUT, places_of, to_features
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.mirror import mirror_clip

_WINDOW: Final = 60
_HOP: Final = 15
_COMPONENTS: Final = 24
_SHRINK: Final = 0.1


def windows_of(clip: MotionClip, mirrored: bool = False) -> Floats:
    """(W, 132) mean place and spread of every joint in the body's frame, second by second.

    Args:
        clip: at 60 Hz, its floor at y = 0.
        mirrored: also of the clip with left and right swapped.
    """
    clips = [clip, mirror_clip(clip)] if mirrored else [clip]
    parts = []
    for each in clips:
        places = to_features(places_of(each))[:, LAYOUT.slices["positions_m"]]
        starts = range(0, max(len(places) - _WINDOW, 0) + 1, _HOP)
        seen = [places[start : start + _WINDOW] for start in starts]
        parts += [np.concatenate((one.mean(axis=0), one.std(axis=0))) for one in seen]
    return np.array(parts)


@dataclass(frozen=True, eq=False)
class Judge:
    """Linear discriminant analysis on principal components, all manners equally likely.

    Args:
        names: of the manners.
        middle, components: of the windows.
        means: (M, C) of each manner.
        inverse: (C, C) of the common covariance.
    """

    names: tuple[str, ...]
    middle: Floats
    components: Floats
    means: Floats
    inverse: Floats

    @classmethod
    def of(cls, windows: Mapping[str, Sequence[Floats]]) -> Judge:
        """Learn.

        Args:
            windows: by manner, of each of its clips.
        """
        names = tuple(windows)
        each = [np.concatenate(list(windows[name])) for name in names]
        middle = np.mean([part.mean(axis=0) for part in each], axis=0)
        everything = np.concatenate(each) - middle
        _, _, right = np.linalg.svd(everything, full_matrices=False)
        components = right[:_COMPONENTS]
        seen = [(part - middle) @ components.T for part in each]
        means = np.array([part.mean(axis=0) for part in seen])
        within = np.mean([np.cov(part.T, bias=True) for part in seen], axis=0)
        shrunk = within + _SHRINK * np.trace(within) / len(within) * np.eye(len(within))
        return cls(names, middle, components, means, np.linalg.inv(shrunk))

    def project(self, windows: Floats) -> Floats:
        """(W, C) on the principal components."""
        return np.asarray((windows - self.middle) @ self.components.T)

    def names_of(self, windows: Floats) -> list[str]:
        """The manner of each window."""
        apart = self.project(windows)[:, None] - self.means
        far = np.einsum("wmc,cd,wmd->wm", apart, self.inverse, apart)
        return [self.names[n] for n in far.argmin(axis=1)]

    def share(self, windows: Floats, name: str) -> float:
        """Share of windows that show a manner."""
        return float(np.mean([each == name for each in self.names_of(windows)]))
