"""Where the joints of a standing .glb model are: its tree of nodes, and nothing else of it.

Source: Khronos Group 2021, glTF 2.0 specification, sections 3.5.2 (transformations) and 4 (GLB).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

_MAGIC: Final = b"glTF"
_JSON: Final = b"JSON"


def read_joint_places(path: Path) -> dict[str, Floats]:
    """The (3,) places in the world of a model's nodes, by name, as the file has it standing.

    Args:
        path: a binary glTF 2.0 file.

    Raises:
        InputError: not such a file, or a tree that is none.
    """
    scene = _read_json(path)
    nodes: list[dict[str, Any]] = scene.get("nodes", [])
    if not nodes:
        raise InputError(f"{path.name} has no nodes; expected a model with a skeleton")
    parents = {child: n for n, node in enumerate(nodes) for child in node.get("children", ())}
    places: dict[str, Floats] = {}
    for number, node in enumerate(nodes):
        places[str(node.get("name", number))] = _world(nodes, parents, number, path)[:3, 3]
    return places


def _read_json(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if len(data) < 20 or data[:4] != _MAGIC or data[16:20] != _JSON:
        raise InputError(f"{path.name} is no binary glTF file (.glb); export it as one")
    (length,) = struct.unpack("<I", data[12:16])
    try:
        scene = json.loads(data[20 : 20 + length])
    except ValueError as error:
        raise InputError(f"{path.name} is damaged: {error}. Export it again") from error
    if not isinstance(scene, dict):
        raise InputError(f"{path.name} is damaged: no scene in it. Export it again")
    return scene


def _world(nodes: list[dict[str, Any]], parents: dict[int, int], number: int, path: Path) -> Floats:
    matrix = np.eye(4)
    for _ in range(len(nodes) + 1):
        matrix = _local(nodes[number]) @ matrix
        if number not in parents:
            return matrix
        number = parents[number]
    raise InputError(f"{path.name} has a node that is its own ancestor. Export it again")


def _local(node: dict[str, Any]) -> Floats:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.get("scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
