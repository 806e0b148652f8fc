"""``train speech``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import torch

from backend.training.options import training_command
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from ..pairs import FACEGOOD, PREPARED, SpeechPair, iterate_pairs
from ..styles import session_of
from ..teachers.augment import augment, change_gain
from .data import TEACHERS, Recordings
from .export import export
from .loop import ABLATIONS, StyledNetwork, TrainingConfig, train
from .network import SpeechFace

RUN = Path(".build/runs/speech_face")
_CLEAN = 0.4
_GAIN_DB = (-10.0, 6.0)


@training_command(
    TrainingConfig, data=PREPARED, run=RUN, ablations=ABLATIONS, without=("patience",)
)
@click.option("--begin-from", type=click.Path(path_type=Path), help="A run to go on from.")
def command(data: Path, run: Path, config: TrainingConfig, begin_from: Path | None) -> None:
    """Train the speech network and export it beside its checkpoints; run again to resume."""
    train_split, held_out = choose_pairs(data, config.teacher, config.leave_out)
    shares = (config.recorded_share, 1.0 - config.recorded_share)
    recordings = Recordings(train_split, shares, disturb)
    train(recordings, config, run, validation(held_out, train_split), begin_from)
    report = export(run, run, "backend train speech")
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")


def choose_pairs(
    data: Path, teacher: str, leave_out: str
) -> tuple[list[SpeechPair], list[SpeechPair]]:
    """Pairs to train on and to hold out.

    Args:
        data: what prepare wrote.
        teacher: both, or one alone.
        leave_out: a recording that changes places with the one held out, or nothing.

    Raises:
        InputError: there is no such recording.
    """
    only = None if teacher == "both" else teacher
    train_split, held_out = _load(data, "train", only), _load(data, "val")
    if not leave_out:
        return train_split, held_out
    recorded = [p for p in (*train_split, *held_out) if p.teacher == FACEGOOD]
    left_out = [p for p in recorded if leave_out in p.name]
    if len(left_out) != 1:
        names = ", ".join(p.name for p in recorded)
        raise InputError(f"no recording is called '{leave_out}'; there are {names}")
    kept = [p for p in recorded if p is not left_out[0]]
    return [p for p in train_split if p.teacher != FACEGOOD] + kept, left_out


def _load(data: Path, split: str, teacher: str | None = None) -> list[SpeechPair]:
    """Pairs of this network's two teachers, on its channels."""
    pairs = iterate_pairs(data, split, teacher)
    return [pair.over(SPEECH_CHANNELS) for pair in pairs if pair.teacher in TEACHERS]


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
        model = copy.deepcopy(model).cpu()  # the form that is exported is made for the CPU
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
