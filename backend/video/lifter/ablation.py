"""``python -m backend.video.lifter.ablation``: short equal trainings, each without one thing."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from backend.mocap.recordings import load_recordings
from blender_addon.core.conventions import Floats
from blender_addon.core.video.lifting.features import INPUT_LAYOUT, JOINT_COUNT, POINT_COUNT

from .bodies import build_bank
from .folders import RECORDINGS
from .judging import FRAMES, Judged, judged_sequences, validate
from .loop import JUDGED_FOLDERS, LifterConfig, load_lifter, masked, train
from .train import ABLATIONS

WHOLE: Final = "all of it"
MEAN_POSE: Final = "mean pose"
WORLD: Final = "landmark network's own places"


def run_ablations(data: Path, folder: Path, config: LifterConfig) -> dict[str, dict[str, float]]:
    """Train each and judge it; what is trained already is only judged.

    Args:
        data: recordings of ``prepare video``.
        folder: of the runs.
        config: of the whole; the others differ from it in one thing.

    Returns:
        Measures by what was left out.
    """
    recordings = load_recordings(data)
    held_out = [r for r in recordings if r.split == "val" and r.folder in JUDGED_FOLDERS]
    judged = judged_sequences(build_bank(held_out, mirrored=False))
    rows = {
        MEAN_POSE: _of_mean_pose(judged),
        WORLD: {"mpjpe_world_mm": _error_mm(_worlds(judged), judged.whole_joints_m)},
    }
    for name, changes in {WHOLE: {}, **ABLATIONS}.items():
        own: LifterConfig = replace(config, **changes)
        run = folder / name.replace(" ", "_")
        train(recordings, run, own)
        network = masked(load_lifter(run), own)
        rows[name if name == WHOLE else f"without {name}"] = validate(network, judged)
    return rows


def _of_mean_pose(judged: Judged) -> dict[str, float]:
    """What the mean of all true poses, as seen straight on, would be off by."""
    pairs = {"mpjpe_mm": judged.plain_joints_m, "mpjpe_world_mm": judged.whole_joints_m}
    return {
        name: _error_mm(np.broadcast_to(truth.mean(axis=(0, 1)), truth.shape), truth)
        for name, truth in pairs.items()
    }


def _worlds(judged: Judged) -> Floats:
    """(B, T, 14, 3) the places that the network was shown."""
    flat = judged.whole.features[..., INPUT_LAYOUT.slices["world"]]
    return flat.reshape(*flat.shape[:-1], POINT_COUNT, 3)[..., :JOINT_COUNT, :]


def _error_mm(found: Floats, truth: Floats) -> float:
    off = np.linalg.norm(found - truth, axis=-1)[:, FRAMES // 2]
    return 1e3 * float(off.mean())


@click.command(context_settings={"show_default": True})
@click.option("--data", type=click.Path(path_type=Path), default=RECORDINGS)
@click.option("--films", default="", help="Folder of rendered films; none without.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path(".build/runs/lifter-parts"))
@click.option("--updates", default=1500, help="Of each training.")
@click.option("--batch", default=24, help="Sequences in a batch.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the measures go, as JSON.")
def command(data: Path, films: str, runs: Path, updates: int, batch: int, out: Path | None) -> None:
    """Train the lifter without one thing after the other, and say what each is worth."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = LifterConfig(
        films=films, max_updates=updates, max_minutes=1e6, batch=batch, averaging=0.99,
        validate_every=updates, warm_up=100,
    )  # fmt: skip
    rows = run_ablations(data, runs, config)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2), "utf-8")
    Console().print(_table(rows))


def _table(rows: dict[str, dict[str, Any]]) -> Table:
    table = Table("", "rays alone, mm", "with all a film gives, mm")
    for name, row in rows.items():
        cells = [row.get(key) for key in ("mpjpe_mm", "mpjpe_world_mm")]
        table.add_row(name, *("–" if cell is None else f"{cell:.1f}" for cell in cells))
    return table


if __name__ == "__main__":
    command()
