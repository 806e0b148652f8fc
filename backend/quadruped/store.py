"""Synthesised sequences on disk: one archive each, and an index of all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import InputError
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import quadruped_skeleton

from .sequence import Footfalls, Sequence

INDEX: Final = "index.json"


def save_sequence(sequence: Sequence, path: Path) -> None:
    """Write a sequence; a half-written file is never left under its name.

    Args:
        sequence: T frames.
        path: of the archive, ending in .npz.
    """
    clip, plan, feet = sequence.clip, sequence.plan, sequence.footfalls
    words = {
        "name": sequence.name,
        "body_name": sequence.body_name,
        "split": sequence.split,
        "family": sequence.body.family.value,
        "foot": sequence.body.foot.value,
        "notes": list(plan.notes),
    }
    arrays = {
        "rest_m": sequence.body.rest_m,
        "root_positions": clip.root_positions,
        "rotations_wxyz": clip.rotations_wxyz,
        "contacts": np.asarray(clip.contacts, bool),
        "root_track": sequence.root_track,
        "plan_positions_xz": plan.positions_xz,
        "plan_headings_rad": plan.headings_rad,
        "plan_travel_rad": plan.travel_rad,
        "plan_speeds_m_s": plan.speeds_m_s.astype(np.float32),
        "plan_distances_m": plan.distances_m,
        "plan_actions": plan.actions.astype(np.float32),
        "phases": feet.phases.astype(np.float32),
        "duties": feet.duties.astype(np.float32),
        "paws_m": feet.paws_m.astype(np.float32),
        "strides": feet.strides,
        **_terrain_arrays(sequence.terrain),
    }
    part = path.with_name(f".{path.stem}.{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, words=np.array(json.dumps(words)), **arrays)
    part.replace(path)


def load_sequence(path: Path) -> Sequence:
    """Read a sequence.

    Raises:
        InputError: the file is not there or not one of ours.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            a = {name: archive[name] for name in archive.files}
        words = json.loads(str(a["words"]))
        return _sequence(words, a)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} is no prepared sequence of a quadruped ({error}). Prepare the data anew with "
            "'python -m backend prepare quadruped'"
        ) from error


def _sequence(words: dict[str, Any], a: dict[str, Any]) -> Sequence:
    body = QuadrupedBody(
        quadruped_skeleton(a["rest_m"]), Family(words["family"]), FootKind(words["foot"])
    )
    contacts = np.asarray(a["contacts"], bool)
    clip = MotionClip(
        body.skeleton, MODEL_FRAME_RATE_HZ, a["root_positions"], a["rotations_wxyz"], contacts
    )
    plan = QuadrupedPlan(
        a["plan_positions_xz"], a["plan_headings_rad"], a["plan_travel_rad"],
        a["plan_speeds_m_s"], a["plan_distances_m"], a["plan_actions"], tuple(words["notes"]),
    )  # fmt: skip
    feet = Footfalls(a["phases"], a["duties"], contacts, a["paws_m"], a["strides"])
    return Sequence(
        words["name"], body, words["body_name"], words["split"], clip, a["root_track"], plan,
        _terrain(a), feet,
    )  # fmt: skip


def _terrain_arrays(terrain: Terrain) -> dict[str, Any]:
    if isinstance(terrain, HeightField):
        return {
            "ground_origin_xz": terrain.origin_xz,
            "ground_spacing_m": np.array(terrain.spacing_m),
            "ground_samples": terrain.samples.astype(np.float32),
        }
    if isinstance(terrain, FlatTerrain):
        return {"ground_height_m": np.array(terrain.height_m)}
    raise TypeError(f"only flat ground and height fields are stored; found {type(terrain)}")


def _terrain(a: dict[str, Any]) -> Terrain:
    if "ground_samples" in a:
        spacing = float(a["ground_spacing_m"])
        return HeightField(a["ground_origin_xz"], spacing, a["ground_samples"])
    return FlatTerrain(float(a["ground_height_m"]))


def write_index(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write the index of a folder of sequences, at once or not at all."""
    part = folder / f".{INDEX}.part"
    part.write_text(json.dumps({"sequences": rows}, indent=1), encoding="utf-8")
    part.replace(folder / INDEX)


def read_index(folder: Path, split: str | None = None) -> Iterator[dict[str, Any]]:
    """Rows of the index: file, name, split, body, kind, frames.

    Raises:
        InputError: there is none.
    """
    path = folder / INDEX
    if not path.exists():
        raise InputError(
            f"{folder} has no {INDEX}: no prepared data of quadrupeds. Make it with "
            "'python -m backend prepare quadruped'"
        )
    for row in json.loads(path.read_text(encoding="utf-8"))["sequences"]:
        if split is None or row["split"] == split:
            yield row
