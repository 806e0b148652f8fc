"""Write what was generated and what was asked for, so that anyone can judge it with other tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path as FilePath
from typing import Any

from backend.motion_quality.frechet import Reals
from backend.motion_quality.ways import BumpyTerrain, SlopeTerrain, StairsTerrain
from blender_addon.core.bvh import write_bvh
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS

from .metrics import Performance

_FORMULAS = {
    BumpyTerrain: "y = amplitude_m * sin(2 pi z / length_z_m) * cos(2 pi x / length_x_m)",
    StairsTerrain: "y = rise_m * clip(min(floor((z - start_m) / tread_m) + 1, steps - 1 - "
    "floor((z - start_m - (steps - 1) * tread_m - landing_m) / tread_m)), 0, steps)",
    SlopeTerrain: "y rises from 0 at z = start_m at angle_deg over ramp_m, stays level for top_m, "
    "falls likewise",
}


def export_performances(folder: FilePath, performances: Sequence[Performance]) -> None:
    """One BVH file per performance (metres, Y up, 60 frames a second) and ``suite.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    for performance in performances:
        write_bvh(folder / f"{performance.name}.bvh", performance.clip)
    suite = {
        "conventions": "metres, seconds, Y up, right-handed; a character at rest looks along +Z",
        "frame_rate_hz": performances[0].clip.frame_rate_hz,
        "foot_joints": list(FOOT_JOINTS),
        "planted_heights_m": _rounded(performances[0].planted_heights_m),
        "paths": {p.name: _describe(p) for p in performances},
    }
    text = json.dumps(suite, indent=1, allow_nan=False)
    (folder / "suite.json").write_text(text + "\n", encoding="utf-8")


def _describe(performance: Performance) -> dict[str, Any]:
    """What was asked for; speeds and positions are those desired at each frame of the BVH file."""
    asked: dict[str, Any] = {
        "bvh": f"{performance.name}.bvh",
        "frames": performance.clip.frame_count,
        "terrain": describe_terrain(performance.terrain),
    }
    if performance.path is not None:
        path = performance.path
        asked["path_points_xz_m"] = _rounded(path.points[:, [0, 2]])
        asked["path_speeds_m_s"] = _rounded(path.speeds_m_s)
        asked["stops"] = [asdict(stop) for stop in path.stops]
    if performance.desired_positions_xz is not None:
        asked["desired_positions_xz_m"] = _rounded(performance.desired_positions_xz)
    if performance.desired_speeds_m_s is not None:
        asked["desired_speeds_m_s"] = _rounded(performance.desired_speeds_m_s)
    return asked


def describe_terrain(terrain: Terrain) -> dict[str, Any]:
    """Kind, parameters and formula of one of the suite's grounds."""
    parameters: dict[str, Any] = asdict(terrain) if is_dataclass(terrain) else {}
    formula = _FORMULAS.get(type(terrain), "y = height_m")
    return {"kind": type(terrain).__name__, **parameters, "height": formula}


def _rounded(values: Reals) -> Any:
    return values.astype(float).round(5).tolist()
