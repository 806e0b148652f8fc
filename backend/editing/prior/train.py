"""``train editing --model motion_prior``."""

from __future__ import annotations

from pathlib import Path

import click

from backend.editing.prepare import PREPARED
from backend.mocap.recordings import load_recordings
from backend.training.options import training_command

from .data import PriorData, label_names
from .export import RUN
from .loop import KINDS, PriorConfig, train


@training_command(
    PriorConfig,
    data=PREPARED,
    run=RUN,
    ablations={kind: {"kind": kind} for kind in KINDS if kind != "vae_gan"},
    without=("kind",),
)
def command(data: Path, run: Path, config: PriorConfig) -> None:
    """Train the prior, or with --ablation another model of the comparison."""
    recordings = load_recordings(data)
    labels = label_names(recordings)
    trained, held_out = (
        PriorData([r for r in recordings if r.split == split], labels, augment=split == "train")
        for split in ("train", "val")
    )
    train(trained, held_out, config, run)
    click.echo(f"trained in {run}; 'backend export editing --model motion_prior' comes next")
