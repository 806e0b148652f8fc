"""``train speech --model diffusion``."""

from __future__ import annotations

from pathlib import Path

import click
import torch
from torch import Tensor

from backend.training.options import training_command

from ..heard.batches import LIPS_SIZE, TEACHERS, HeardClips
from ..heard.clips import HeardClip, load_heard
from ..pairs import PHONES, PREPARED
from ..regression.validation import as_numbers, measure_clips, session_of
from .loop import DiffusionConfig, StyledDiffusion, Validation, train
from .sampling import draw_motion

RUN = Path(".build/runs/speech_diffusion")


@training_command(DiffusionConfig, data=PREPARED, run=RUN, without=("patience",))
def command(data: Path, run: Path, config: DiffusionConfig) -> None:
    """Train the diffusion network on what 'prepare speech' made; run again to resume."""
    torch.set_num_threads(config.threads)
    taught = [name for name in TEACHERS if config.shares[name] > 0.0]
    clips = load_heard(data, "train", taught, {PHONES: config.phone_sessions})
    held_out = load_heard(data, "val", taught)
    recordings = HeardClips(clips, config.shares)
    train(recordings, config, run, validation(held_out, recordings))
    click.echo(f"trained; the weights are in {run}")


def validation(held_out: list[HeardClip], trained_on: HeardClips) -> Validation:
    """Measures of held-out clips, drawn out of little noise, each in its session's style."""

    def validate(model: StyledDiffusion) -> dict[str, float]:
        styles = model.styles.of_sessions()

        def speak(clip: HeardClip) -> Tensor:
            vectors = as_numbers(clip.vectors)[: len(clip.vectors) // 2 * 2]
            generator = torch.Generator().manual_seed(0)
            noise = 0.5 * torch.randn(len(vectors), clip.rows.shape[1], generator=generator)
            rows = draw_motion(model, vectors, styles[session_of(clip, trained_on)], noise)
            held = torch.cat((rows, rows[-1:]))[: len(clip.vectors)]
            return torch.cat((held, held.new_zeros(len(held), LIPS_SIZE)), 1)

        return measure_clips(held_out, speak)

    return validate
