"""What is kept of one roll-out: poses, what was followed, and what muscles and help did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats

RATE_HZ: Final = 60.0


@dataclass(frozen=True, eq=False)
class Recording:
    """A roll-out at 60 frames a second; judged by its poses alone.

    Args:
        poses: (T, 45) of the figure.
        followed: (T, 45) of the animation at the same times.
        help_n: (T,) forces on its bodies that no push accounts for, added up, N.
        help_nm: (T,) torques likewise, N m.
        power_w: (T,) sum over muscles of |torque x rate|; empty where it is not known.
    """

    poses: Floats
    followed: Floats
    help_n: Floats
    help_nm: Floats
    power_w: Floats

    @property
    def frames(self) -> int:
        """T."""
        return len(self.poses)

    def cut(self, start: int, stop: int) -> Recording:
        """Only these frames."""
        part = slice(start, stop)
        return replace(
            self, poses=self.poses[part], followed=self.followed[part],
            help_n=self.help_n[part], help_nm=self.help_nm[part],
            power_w=self.power_w[part],
        )  # fmt: skip

    def write(self, path: Path, **told: Any) -> None:
        """Write it whole or not at all; ``told`` are further arrays or numbers."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part.npz")
        own = {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}
        np.savez_compressed(whole, **own, **told)
        whole.replace(path)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Recording:
        """Of what was written."""
        return cls(**{each.name: kept[each.name] for each in fields(cls)})
