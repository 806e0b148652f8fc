"""Walks that are ordered as a file, for whoever needs walks and knows nothing of how they are made.

``python -m backend.walk.orders ORDERS.json OUT`` writes OUT/<name>.npz for each order: an
object with ``name`` and ``points`` (N, 2; x and z, metres), and where it matters ``speeds_m_s``
(one or N), ``stops`` ([metres, seconds] each), ``closed``, ``stand_before_s``, ``stand_after_s``,
``seed``, ``style`` (the name of one of the model's) and ``ground`` (``origin_xz``, ``spacing_m``,
``samples``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from blender_addon.core.ground.path import Path as Way
from blender_addon.core.ground.path import Stop
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.walk.direction import Directions, StyleChoice
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

MODEL: Final = Path(__file__).resolve().parents[3] / "onnx_models" / "locomotion_biped.onnx"
_STAND_S: Final = 2.0


def walk_orders(orders: Sequence[Mapping[str, Any]], model: Path = MODEL) -> list[MotionClip]:
    """The walks of these orders, at 60 Hz.

    Args:
        orders: see the module.
        model: the .onnx of the locomotion model.
    """
    pipeline = LocomotionPipeline(ModelSession(model, ["CPUExecutionProvider"], 1))
    requests = [_request(order) for order in orders]
    return [result.clip for result in pipeline.generate(requests)]


def _request(order: Mapping[str, Any]) -> WalkRequest:
    xz = np.asarray(order["points"], np.float64)
    points = np.stack((xz[:, 0], np.zeros(len(xz)), xz[:, 1]), axis=1)
    speeds = np.broadcast_to(np.asarray(order.get("speeds_m_s", 1.3), np.float64), len(xz))
    stops = tuple(Stop(*stop) for stop in order.get("stops", ()))
    directions = Directions(style=StyleChoice(name=order["style"])) if "style" in order else None
    return WalkRequest(
        path=Way(points, speeds, stops, bool(order.get("closed", False))),
        terrain=_terrain(order.get("ground")),
        directions=directions or Directions(),
        stand_before_s=float(order.get("stand_before_s", _STAND_S)),
        stand_after_s=float(order.get("stand_after_s", _STAND_S)),
        seed=int(order.get("seed", 0)),
    )


def _terrain(ground: Mapping[str, Any] | None) -> Terrain:
    if ground is None:
        return FlatTerrain()
    return HeightField(
        np.asarray(ground["origin_xz"]), float(ground["spacing_m"]), np.asarray(ground["samples"])
    )


def write_clip(path: Path, clip: MotionClip) -> None:
    """Write a clip of the common skeleton as arrays."""
    contacts = {} if clip.contacts is None else {"contacts": clip.contacts}
    np.savez_compressed(
        path, root_positions=clip.root_positions, rotations_wxyz=clip.rotations_wxyz,
        frame_rate_hz=clip.frame_rate_hz, **contacts,
    )  # fmt: skip


@click.command()
@click.argument("orders", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=MODEL)
def command(orders: Path, out: Path, model: Path) -> None:
    """Write the walks of a file of orders."""
    out.mkdir(parents=True, exist_ok=True)
    ordered = json.loads(orders.read_text("utf-8"))
    for order, clip in zip(ordered, walk_orders(ordered, model), strict=True):
        write_clip(out / f"{order['name']}.npz", clip)


if __name__ == "__main__":
    command()
