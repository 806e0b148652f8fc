"""``train speech --model regression``."""

from __future__ import annotations

from pathlib import Path

import click
import torch
from torch import Tensor

from backend.training.options import training_command

from ..heard.batches import TEACHERS, HeardClips
from ..heard.clips import HeardClip, load_heard
from ..pairs import PHONES, PREPARED
from .loop import RegressionConfig, StyledRegression, Validation, train
from .validation import as_numbers, measure_clips, session_of

RUN = Path(".build/runs/speech_regression")
ABLATIONS = {
    "no-synthetic": {"phones_share": 0.0},
    "no-films": {"grid_share": 0.0},
}


@training_command(
    RegressionConfig, data=PREPARED, run=RUN, ablations=ABLATIONS, without=("patience",)
)
@click.option("--begin-from", type=click.Path(path_type=Path), help="A run to go on from.")
def command(data: Path, run: Path, config: RegressionConfig, begin_from: Path | None) -> None:
    """Train the regression network on what 'prepare speech' made; run again to resume."""
    torch.set_num_threads(config.threads)
    taught = [name for name in TEACHERS if config.shares[name] > 0.0]
    clips = load_heard(data, "train", taught, {PHONES: config.phone_sessions})
    held_out = load_heard(data, "val", taught)
    recordings = HeardClips(clips, config.shares)
    train(recordings, config, run, validation(held_out, recordings), begin_from)
    click.echo(f"trained; the weights are in {run}")


def validation(held_out: list[HeardClip], trained_on: HeardClips) -> Validation:
    """Measures of held-out clips, each in its own session's style, or its teacher's first."""

    def validate(model: StyledRegression) -> dict[str, float]:
        styles = model.styles.of_sessions()

        def speak(clip: HeardClip) -> Tensor:
            return model.speak(as_numbers(clip.vectors), styles[session_of(clip, trained_on)])

        return measure_clips(held_out, speak)

    return validate
