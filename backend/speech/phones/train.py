"""``train speech --model phones``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from backend.training.options import setting, training_command
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.errors import InputError
from blender_addon.core.sound.hearing import PHONE_CLASSES

from ..heard.clips import HeardClip, load_heard
from ..pairs import PHONES, PREPARED
from .network import PhoneHead, classes_over_time

RUN = Path(".build/runs/speech_phones")


@dataclass(frozen=True)
class PhonesConfig(RunConfig):
    """Everything that decides a run."""

    sessions: int = setting(400, "At most so many minutes of speech.", least=1)
    segments: int = setting(32, "Of a batch.", least=1)
    frames: int = setting(120, "Of a segment, 50 a second.", least=20)
    masking: float = setting(0.15, "Share of the vectors' numbers left out.", least=0, most=1)
    averaging: float = 0.995
    warm_up: int = 50
    max_minutes: float = 8.0
    max_updates: int = 3000
    validate_every: int = 250


@training_command(PhonesConfig, data=PREPARED, run=RUN, without=("patience",))
def command(data: Path, run: Path, config: PhonesConfig) -> None:
    """Train the head that hears phones on synthetic speech; run again to resume."""
    torch.set_num_threads(config.threads)
    clips = load_heard(data, "train", [PHONES], {PHONES: config.sessions})
    train(clips, load_heard(data, "val", [PHONES]), config, run)
    click.echo(f"trained; the weights are in {run}")


def train(
    clips: Sequence[HeardClip], held_out: Sequence[HeardClip], config: PhonesConfig, folder: Path
) -> nn.Module:
    """Train until the budget is spent; resumes from ``folder``."""
    device, rng = begin(config)
    model = PhoneHead(clips[0].vectors.shape[1]).to(device)
    classes = [classes_of(clip) for clip in clips]
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.02)
    run = Run(config, folder, model, optimiser, rng, {}, {"size": clips[0].vectors.shape[1]})
    for _ in run.updates():
        vectors, desired = draw(clips, classes, config, rng)
        heard = nn.functional.dropout(vectors.to(device), config.masking)
        loss = nn.functional.nll_loss(model(heard).flatten(0, 1), desired.to(device).flatten())
        run.step(loss)
        run.note(loss=loss)
        if run.validation_due:
            run.validated(measure(run.kept, held_out))
    return run.kept


def draw(
    clips: Sequence[HeardClip],
    classes: Sequence[np.ndarray],
    config: PhonesConfig,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """(B, T, D) vectors and (B, T) numbers of classes at random places."""
    vectors, desired = [], []
    for index in rng.integers(len(clips), size=config.segments):
        first = int(rng.integers(len(classes[index]) - config.frames))
        part = slice(first, first + config.frames)
        vectors.append(clips[index].vectors[part].astype(np.float32))
        desired.append(classes[index][part])
    return torch.from_numpy(np.stack(vectors)), torch.from_numpy(np.stack(desired))


def classes_of(clip: HeardClip) -> np.ndarray:
    """(T,) numbers of classes.

    Raises:
        InputError: nobody knows what is said in the clip.
    """
    if clip.phones is None:
        raise InputError(f"{clip.name} has no phones; the head learns from synthetic speech alone")
    return classes_over_time(clip.phones, len(clip.vectors))


@torch.no_grad()
def measure(model: nn.Module, clips: Sequence[HeardClip]) -> dict[str, float]:
    """Share of frames that are right, and how surely the visible kinds are told from others."""
    chances = np.concatenate(
        [model(torch.from_numpy(clip.vectors).float()[None])[0].exp().numpy() for clip in clips]
    )
    known = np.concatenate([classes_of(clip) for clip in clips])
    found = {"right": float((chances.argmax(1) == known).mean())}
    for kind in ("bilabial", "labiodental", "rounded_glide", "silence"):
        said = known == PHONE_CLASSES.index(kind)
        if said.any() and not said.all():
            heard = chances[:, PHONE_CLASSES.index(kind)]
            found[f"auc {kind}"] = float(roc_auc_score(said, heard))
    return found


def load_trained(run: Path) -> PhoneHead:
    """The head of a run so far.

    Raises:
        InputError: nothing yet.
    """
    kept = load_weights(run)
    head = PhoneHead(kept["facts"]["size"])
    head.load_state_dict(kept["weights"])
    return head.eval()
