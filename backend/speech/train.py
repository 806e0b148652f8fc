"""``train speech_face``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import torch

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

from .augment import augment, change_gain
from .data import Recordings
from .loop import StyledNetwork, Training, TrainingConfig
from .network import SpeechFace
from .pairs import FACEGOOD, PHONES, PREPARED, SpeechPair, load_pairs
from .styles import session_of

_log = logging.getLogger(__name__)

RUN = Path(".build/runs/speech_face")
TEACHERS = ("both", FACEGOOD, PHONES)
_CLEAN = 0.4
_GAIN_DB = (-10.0, 6.0)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--run", type=click.Path(path_type=Path), default=RUN, show_default=True)
@click.option("--begin-from", type=click.Path(path_type=Path), help="A run to go on from.")
@click.option("--teacher", type=click.Choice(TEACHERS), default="both")
@click.option("--recorded-share", default=0.15, help="Of segments, if both teach.")
@click.option("--leave-out", help="A recording that is not trained on, but the held-out one is.")
@click.option("--learning-rate", default=TrainingConfig.learning_rate, show_default=True)
@click.option("--max-minutes", default=TrainingConfig.max_minutes, help="Time budget in all.")
@click.option("--max-updates", default=TrainingConfig.max_updates, help="Update budget in all.")
@click.option("--seed", default=TrainingConfig.seed)
@click.option("--threads", default=2)
def command(
    data: Path,
    run: Path,
    begin_from: Path | None,
    teacher: str,
    recorded_share: float,
    leave_out: str | None,
    learning_rate: float,
    max_minutes: float,
    max_updates: int,
    seed: int,
    threads: int,
) -> None:
    """Train the speech network; run again to resume."""
    torch.set_num_threads(threads)
    shares = {FACEGOOD: (1.0, 0.0), PHONES: (0.0, 1.0)}.get(
        teacher, (recorded_share, 1.0 - recorded_share)
    )
    config = TrainingConfig(
        learning_rate=learning_rate,
        max_minutes=max_minutes,
        max_updates=max_updates,
        shares=shares,
        seed=seed,
    )
    train_split, held_out = choose_pairs(data, teacher, leave_out)
    recordings = Recordings(train_split, config.shares, disturb)
    start = begin_from / "last.pt" if begin_from else None
    Training(recordings, config, run, start).run(validation(held_out, train_split))
    click.echo(f"trained; weights in {run / 'last.pt'}")


def choose_pairs(
    data: Path, teacher: str, leave_out: str | None
) -> tuple[list[SpeechPair], list[SpeechPair]]:
    """Pairs to train on and to hold out.

    Args:
        data: what prepare wrote.
        teacher: both, or one alone.
        leave_out: a recording that changes places with the one held out.

    Raises:
        InputError: there is no such recording.
    """
    only = None if teacher == "both" else teacher
    train_split, held_out = load_pairs(data, "train", only), load_pairs(data, "val")
    if leave_out is None:
        return train_split, held_out
    recorded = [p for p in (*train_split, *held_out) if p.teacher == FACEGOOD]
    left_out = [p for p in recorded if leave_out in p.name]
    if len(left_out) != 1:
        names = ", ".join(p.name for p in recorded)
        raise InputError(f"no recording is called '{leave_out}'; there are {names}")
    kept = [p for p in recorded if p is not left_out[0]]
    return [p for p in train_split if p.teacher != FACEGOOD] + kept, left_out


def disturb(waveform: Floats, rng: np.random.Generator) -> Floats:
    """Another recording of the same speech, or at times just another level."""
    if rng.random() < _CLEAN:
        return change_gain(waveform, rng.uniform(*_GAIN_DB))
    return augment(waveform, rng)


def validation(
    held_out: Sequence[SpeechPair], trained_on: Sequence[SpeechPair]
) -> Callable[[StyledNetwork], dict[str, float]]:
    """Root mean square error on held-out pairs, by teacher.

    Each is spoken in the mean style of its own session's recordings, or its teacher's.
    """

    def validate(model: StyledNetwork) -> dict[str, float]:
        means = model.recording_means()
        errors: dict[str, list[float]] = {}
        for pair in held_out:
            rows = session_of(pair, trained_on)
            times = torch.from_numpy(pair.times_s.astype(np.float32))
            curves = spoken(model, pair.waveform, times, means[rows].mean(0))
            squares = np.square(curves - pair.curves)[:, pair.known].mean()
            errors.setdefault(pair.teacher, []).append(float(squares))
        return {f"rmse {name}": float(np.sqrt(np.mean(v))) for name, v in errors.items()}

    return validate


def spoken(
    model: StyledNetwork, waveform: Floats, times: torch.Tensor, style: torch.Tensor
) -> Floats:
    """Curves (T, C) of one sound in one style."""
    face = SpeechFace(model.network).eval()
    sound = torch.from_numpy(waveform)
    return np.asarray(face(sound, times, style.expand(len(times), -1)).numpy())
