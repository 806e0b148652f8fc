"""How far what a tracker saw in the bank's films is off the truth, by joint and by view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from blender_addon.core.errors import InputError
from blender_addon.core.video.points import (
    JOINTS,
    joint_confidence,
    joints_of,
    middle_of_hips,
    torso_length,
)
from blender_addon.core.video.tracked import Seen

from .bank import WRONG_PERSON

Array = NDArray[np.float64]

VIEWS: Final = ("front", "side", "back", "high", "all")
_HIGH_DEG: Final = 25.0
_FRONT_DEG, _BACK_DEG = 45.0, 135.0


@dataclass(frozen=True, eq=False)
class Residuals:
    """What the tracker saw less the truth, on N frames.

    Args:
        seen_torso: (N, 14, 2) in the picture, torso lengths: x right, y down.
        world_m: (N, 14, 3) of its own places in space, the middle of the hips at 0, camera axes.
        confidence: (N, 14).
        azimuth_deg, elevation_deg: (N,) from where the person is seen.
    """

    seen_torso: Array
    world_m: Array
    confidence: Array
    azimuth_deg: Array
    elevation_deg: Array

    def of_view(self, view: str) -> NDArray[np.bool_]:
        """(N,) frames seen from somewhere."""
        turned = np.abs(self.azimuth_deg)
        high = self.elevation_deg > _HIGH_DEG
        return {
            "front": ~high & (turned < _FRONT_DEG),
            "side": ~high & (turned >= _FRONT_DEG) & (turned <= _BACK_DEG),
            "back": ~high & (turned > _BACK_DEG),
            "high": high,
            "all": np.ones(len(turned), np.bool_),
        }[view]


def read_residuals(folder: Path) -> Residuals:
    """All frames of a bank on which the right person was found.

    Raises:
        InputError: there are none.
    """
    parts = list(_parts(folder))
    if not parts:
        raise InputError(f"{folder} holds no sequences; make them by `films bank --out {folder}`")
    return Residuals(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _parts(folder: Path) -> Iterator[tuple[Array, ...]]:
    for file in sorted(folder.glob("[0-9]*.npz")):
        with np.load(file, allow_pickle=False) as told:
            if not told["error_torso"] < WRONG_PERSON:
                continue
            found = told["seen"] == Seen.FOUND
            truth = told["truth_px"][found].astype(np.float64)
            off = joints_of(told["points_px"][found]) - truth
            there, known = joints_of(told["world_m"][found]), told["truth_camera_m"][found]
            yield (
                off / torso_length(truth)[:, None, None],
                _at_hips(there) - _at_hips(known),
                joint_confidence(told["visibility"][found]),
                told["azimuth_deg"][found],
                told["elevation_deg"][found],
            )  # fmt: skip


def _at_hips(joints: Array) -> Array:
    return np.asarray(joints - middle_of_hips(joints)[:, None], np.float64)


def print_residuals(folder: Path) -> None:
    """Print two tables: in the picture, and in space."""
    found, console = read_residuals(folder), Console()
    counts = {view: int(found.of_view(view).sum()) for view in VIEWS}
    for title, values, of in (
        ("median in the picture, % of the torso", found.seen_torso, 100.0),
        ("mean in space, mm (the network's own)", found.world_m, 1000.0),
    ):
        table = Table("joint", *(f"{view} ({counts[view]})" for view in VIEWS), title=title)
        away = of * np.linalg.norm(values, axis=-1)
        middle = np.median if of == 100.0 else np.mean
        for n, joint in enumerate((*JOINTS, "all")):
            chosen = away[:, n] if joint != "all" else away.ravel()
            views = [found.of_view(v) for v in VIEWS]
            if joint == "all":
                views = [np.repeat(view, len(JOINTS)) for view in views]
            row = [f"{middle(chosen[v]):.1f}" if v.any() else "-" for v in views]
            table.add_row(joint, *row)
        console.print(table)
