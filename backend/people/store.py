"""The prepared body in one file, with nothing rounded."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.errors import InputError

from .body import GROUPS, Body


def write_prepared(body: Body, path: Path) -> None:
    """Write a body; a file that is there is replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part.npz")
    arrays: dict[str, Any] = {
        "vertices": body.vertices,
        "joint_names": np.array(body.joint_names),
        "joints": body.joints,
        "mirror": body.mirror,
        "skin": body.skin,
        "target_names": np.array(list(body.targets)),
        "targets": np.array(list(body.targets.values())),
        "joint_targets": np.array(list(body.joint_targets.values())),
        "shape_names": np.array(list(body.shapes)),
        "shapes": np.array(list(body.shapes.values())),
        **{f"quads {name}": faces for name, faces in body.quads.items()},
    }
    np.savez_compressed(beside, **arrays)
    beside.replace(path)


def read_prepared(path: Path) -> Body:
    """Read what ``write_prepared`` wrote.

    Raises:
        InputError: the file is missing or is no prepared body.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return _body({name: stored[name] for name in stored.files})
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is no prepared body ({error}). Run `prepare character` first"
        ) from error


def _body(stored: dict[str, Any]) -> Body:
    names = [str(name) for name in stored["target_names"]]
    shapes = [str(name) for name in stored["shape_names"]]
    return Body(
        vertices=stored["vertices"],
        quads={name: stored[f"quads {name}"] for name in GROUPS},
        targets=dict(zip(names, stored["targets"], strict=True)),
        shapes=dict(zip(shapes, stored["shapes"], strict=True)),
        joint_names=tuple(str(name) for name in stored["joint_names"]),
        joints=stored["joints"],
        joint_targets=dict(zip(names, stored["joint_targets"], strict=True)),
        mirror=stored["mirror"],
        skin=stored["skin"],
    )
