"""Recordings of real animals to judge by: a folder of .npz files (``--dogs DIR``).

Each has ``positions`` float32 (T, J, 3) metres, Y up, ``fps``, and numbers of joints: ``pelvis``,
``neck``, ``hips`` (left hind, right hind) and ``toes`` (left hind, left fore, right hind, right
fore); optionally ``names`` of the J joints, among which one that ends in "head" is the head.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.feet.measures import estimate_planted_heights
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M, Family
from blender_addon.core.quadruped.skeleton import HIPS, JOINTS, LEGS, NECK, PAWS

from .animal import AnimalMotion, Reals

_KEYS: Final = ("positions", "fps", "pelvis", "neck", "hips", "toes")
_SHORTEST_S: Final = 1.0
_FLOOR: Final = 0.12
"""Of the hip height: a floor that is further from 0 is found from the toes."""


def read_recordings(folder: Path) -> list[AnimalMotion]:
    """All recordings of a folder, brought to the model's world.

    Args:
        folder: of .npz files.

    Raises:
        InputError: no such folder, no file in it, or a file that is no recording.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; expected one of .npz recordings")
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise InputError(f"no .npz files in {folder}; see the manual for their layout")
    return [read_recording(path) for path in files]


def read_recording(path: Path) -> AnimalMotion:
    """One recording.

    Args:
        path: of the .npz file.

    Raises:
        InputError: a key lacks, shapes disagree, a number is not finite, or it is under a second.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            data = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise InputError(f"{path.name} is no .npz file of plain arrays: {error}") from error
    if lacking := [key for key in _KEYS if key not in data]:
        raise InputError(
            f"{path.name} lacks {', '.join(lacking)}; a recording has {', '.join(_KEYS)}"
        )
    positions, rate = _positions(path, data["positions"]), _rate(path, data["fps"])
    if len(positions) < _SHORTEST_S * rate:
        raise InputError(f"{path.name} has {len(positions)} frames; expected a second at least")
    joints = {
        key: _numbers(path, key, data[key], count, positions.shape[1])
        for key, count in (("pelvis", 1), ("neck", 1), ("hips", 2), ("toes", 4))
    }
    return _motion(path.stem, positions, rate, joints, _head(data, positions.shape[1], path))


def _positions(path: Path, values: Any) -> Reals:
    if values.ndim != 3 or values.shape[-1] != 3 or values.dtype.kind != "f":
        raise InputError(
            f"{path.name}: expected positions (T, J, 3), float32; found {values.shape}, "
            f"{values.dtype}"
        )
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values).all(axis=(1, 2)))[0])
        raise InputError(f"{path.name}: a position of frame {bad} is no finite number; fill it")
    return np.asarray(values, np.float64)


def _rate(path: Path, value: Any) -> float:
    if np.size(value) != 1 or np.asarray(value).dtype.kind not in "fiu":
        raise InputError(f"{path.name}: expected one number as fps; found {value!r}")
    rate = float(np.ravel(value)[0])
    if not 10 <= rate <= 1000:
        raise InputError(f"{path.name}: expected 10 to 1000 frames a second; found {rate:g}")
    return rate


def _numbers(path: Path, key: str, value: Any, count: int, joints: int) -> list[int]:
    found = np.ravel(value)
    whole = found.dtype.kind in "iu"
    if len(found) != count or not whole or found.min() < 0 or found.max() >= joints:
        raise InputError(
            f"{path.name}: expected {key} as {count} of the joints' numbers 0 to {joints - 1}; "
            f"found {found.tolist()}"
        )
    return [int(n) for n in found]


def _head(data: Mapping[str, Any], joints: int, path: Path) -> int | None:
    if "names" not in data:
        return None
    names = [str(name).lower() for name in np.ravel(data["names"])]
    if len(names) != joints:
        raise InputError(f"{path.name}: {len(names)} names for {joints} joints")
    heads = [n for n, name in enumerate(names) if name.split(":")[-1].endswith("head")]
    return heads[0] if heads else None


def _motion(
    name: str, positions: Reals, rate: float, joints: Mapping[str, list[int]], head: int | None
) -> AnimalMotion:
    feet, hips = positions[:, joints["toes"]], positions[:, joints["hips"]]
    planted = estimate_planted_heights(feet, np.zeros(feet.shape[:2]), rate)
    height = float(np.median(hips[..., 1]))
    floor = 0.0 if np.abs(planted).max() < _FLOOR * height else float(planted.min())
    height -= floor
    if not height > 0:
        raise InputError(f"{name}: its hips are at {height:g} m over the ground; Y is to be up")
    size = MODEL_HIP_HEIGHT_M / height
    still = np.zeros(len(positions))
    lowered = positions - np.array([0.0, floor, 0.0])
    return AnimalMotion(
        name=name,
        body_name=name,
        family=Family.CANINE,
        rate_hz=rate / float(np.sqrt(size)),
        feet_m=lowered[:, joints["toes"]] * size,
        hips_m=lowered[:, joints["hips"]] * size,
        neck_m=lowered[:, joints["neck"][0]] * size,
        head_m=None if head is None else lowered[:, head] * size,
        ground_m=np.zeros((len(positions), 4)),
        under_m=still,
        planted_m=(planted - floor) * size,
        size=size,
    )


def write_recording(path: Path, joints_m: Floats, fps: float, heads: bool = True) -> None:
    """Write a motion on the common skeleton in the layout of recordings.

    Args:
        path: .npz to write.
        joints_m: (T, 27, 3) metres.
        fps: frames per second.
        heads: whether the joints' names are told, which tell the head.
    """
    names: dict[str, Any] = {"names": np.array(JOINTS)} if heads else {}
    np.savez_compressed(
        path,
        positions=np.asarray(joints_m, np.float32),
        fps=np.float64(fps),
        pelvis=np.int64(HIPS),
        neck=np.int64(NECK[0]),
        hips=np.array([leg.joints[0] for leg in LEGS if not leg.fore]),
        toes=np.array(PAWS),
        **names,
    )


def all_have_heads(motions: Sequence[AnimalMotion]) -> bool:
    """Whether the head of every one was recorded."""
    return all(motion.head_m is not None for motion in motions)
