"""Walks to follow, made by the locomotion model: ordered from its own program, kept in a folder."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.processes import run_limited
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

ROOT: Final = Path(__file__).resolve().parents[2]
MODEL: Final = ROOT / "onnx_models" / "locomotion_biped.onnx"
CACHE: Final = ROOT / ".build" / "physics" / "ordered_walks"
_LIMIT_S: Final = 1800.0

Order = Mapping[str, Any]
"""A walk as backend.walk.orders.py reads it."""


def walks_of(
    orders: Sequence[Order], cache: Path = CACHE, model: Path = MODEL
) -> dict[str, MotionClip]:
    """The walk of each order by its name; made once for each model.

    Raises:
        InputError: the program that makes them failed.
    """
    return {name: read_clip(file) for name, file in walk_files(orders, cache, model).items()}


def walk_files(
    orders: Sequence[Order], cache: Path = CACHE, model: Path = MODEL
) -> dict[str, Path]:
    """Where the walk of each order is kept, by its name; what is missing is made.

    Raises:
        InputError: the program that makes them failed.
    """
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    files = {str(order["name"]): cache / f"{key_of([order, digest])}.npz" for order in orders}
    missing = [order for order in orders if not files[str(order["name"])].is_file()]
    if missing:
        _make(missing, files, cache, model)
    return files


def key_of(what: object) -> str:
    """A short name for anything that can be written as JSON: the same for the same."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:20]


def read_clip(path: Path) -> MotionClip:
    """A clip of the common skeleton that was written as arrays."""
    with np.load(path, allow_pickle=False) as kept:
        contacts = kept.get("contacts")
        rate = float(kept["frame_rate_hz"])
        return MotionClip(
            COMMON_SKELETON, rate, kept["root_positions"], kept["rotations_wxyz"], contacts
        )


def _make(orders: Sequence[Order], files: Mapping[str, Path], cache: Path, model: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        told = Path(folder, "orders.json")
        told.write_text(json.dumps([*orders]), "utf-8")
        command = [sys.executable, "-m", "backend.walk.orders", str(told), folder]
        done = run_limited([*command, "--model", str(model)], _LIMIT_S, cwd=ROOT)
        if done.returncode != 0:
            raise InputError(f"walks could not be made: {done.stderr.strip()[-2000:]}")
        for order in orders:
            Path(folder, f"{order['name']}.npz").replace(files[str(order["name"])])
