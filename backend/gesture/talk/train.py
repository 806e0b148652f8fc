"""Training of ``gesture_prior``, as ``train gesture --model gesture_prior`` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from backend.training.options import training_command
from blender_addon.core.errors import InputError

from .data import load_takes
from .export import MODEL_NAME, export_prior
from .training import PriorConfig, train_prior
from .variants import make_variants

RECORDINGS: Final = Path(__file__).resolve().parents[4] / "shared" / "data" / "mocap"
RUN: Final = Path(".build/runs/gesture")
_HELD_OUT: Final = 4
"""Variants of each held-out take."""


@training_command(PriorConfig, data=RECORDINGS, run=RUN)
def command(data: Path, run: Path, config: PriorConfig) -> None:
    """Train what moves a talker's upper body from still to still, and export it."""
    if not data.is_dir():
        raise InputError(f"there is no folder {data}; give that of the recordings with --data")
    folder = run / MODEL_NAME
    variants = make_variants(load_takes(data, "train"), config.variants, 1)
    held_out = make_variants(load_takes(data, "val"), _HELD_OUT, 2)
    train_prior(variants, held_out, config, folder)
    if config.kind == "diffusion":
        report = export_prior(folder, folder, f"backend train gesture --model {MODEL_NAME}")
        click.echo(
            f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}"
        )
