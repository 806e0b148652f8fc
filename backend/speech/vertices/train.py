"""``train speech --data voca:FOLDER``: a studio's own recordings, from files to a model.

The shapes of the mesh are found, every recording is heard by the encoder, the network is trained,
measured on recordings held out, and exported with its basis beside its checkpoints.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from backend.recordings.splits import TEST, TRAIN, VAL
from backend.training.checkpoint import load_module
from backend.training.options import training_command
from backend.training.run import WEIGHTS, load_weights
from blender_addon.core.sound.encoder import SpeechEncoder

from ..recordings.corpus import Corpus, Recording
from ..recordings.readers import read_corpus
from .encoder import hear_with, open_encoder
from .export import export_speaker
from .loop import MeshSpeaker, TrainingConfig, make_speaker, train
from .outputs import Outputs, outputs_of
from .report import HeldOut, lip_error, measure, write_measures
from .samples import FaceSample, make_sample

RUN: Final = Path(".build/runs/speech_scans")
_WINDOW_FRAMES: Final = 250
"""Between two windows of the encoder."""

_log = logging.getLogger(__name__)


@training_command(TrainingConfig, data=Path("voca:FOLDER"), run=RUN, without=("patience",))
@click.option("--encoder", type=click.Path(path_type=Path), default=Path("onnx_models"),
              help="The encoder's .onnx, or the folder with speech_encoder.onnx.")  # fmt: skip
@click.option("--name", default="speech_scans", show_default=True, help="Of the model.")
def command(data: Path, run: Path, config: TrainingConfig, encoder: Path, name: str) -> None:
    """Train on recorded faces (voca:, biwi:, beat:, iemocap:, scans: and a folder); export."""
    corpus, hearing = read_corpus(str(data)), open_encoder(encoder)
    outputs = outputs_of(corpus, config.components, config.explained, config.lip_weight)
    speaker = train_on(corpus, hearing, outputs, config, run)
    text = measured(corpus, hearing, outputs, speaker, run)
    report = export_speaker(
        speaker, outputs, run, name, facts=facts_of(corpus, hearing, outputs),
        source=corpus.source, level_db=hearing.level_db,
        command_line=f"backend train speech --data {str(data).partition(':')[0]}:FOLDER",
    )  # fmt: skip
    click.echo(text)
    click.echo(f"\n{report.path}, parity {report.parity.largest:.1e}; {corpus.source.licence}")


def facts_of(corpus: Corpus, hearing: SpeechEncoder, outputs: Outputs) -> dict[str, Any]:
    """What decides a run beside its configuration."""
    return {
        "data": corpus.name,
        "speakers": list(corpus.speakers),
        "emotions": list(corpus.emotions),
        "channels": list(outputs.channels),
        "encoder": hearing.sha256,
        "features": hearing.size,
    }


def train_on(
    corpus: Corpus, hearing: SpeechEncoder, outputs: Outputs, config: TrainingConfig, run: Path
) -> MeshSpeaker:
    """Train, or go on, and give what has been the best on the recordings to choose by."""
    rng = np.random.default_rng(config.seed)
    offsets = [0, *rng.integers(1, _WINDOW_FRAMES, config.offsets - 1).tolist()]
    recordings = from_all_over(corpus.of(TRAIN), config.minutes)
    samples = _samples(corpus, recordings, hearing, outputs, offsets)
    held_out = hold_out(corpus, VAL, hearing, outputs)
    facts = facts_of(corpus, hearing, outputs)
    train(
        samples, outputs.weights, config, run,
        lambda speaker: lip_error(speaker, held_out, outputs), facts,
    )  # fmt: skip
    speaker = make_speaker(
        hearing.size, len(outputs.channels), len(corpus.speakers), len(corpus.emotions), config
    )
    load_module(speaker, load_weights(run)["weights"], run / WEIGHTS)
    return speaker.eval()


def from_all_over(recordings: Sequence[Recording], minutes: float) -> list[Recording]:
    """As many recordings as last so long, every so-manieth of them; at least one."""
    total = sum(each.sound.duration_s for each in recordings) / 60.0
    count = max(int(len(recordings) * min(minutes / total, 1.0)), 1)
    if count < len(recordings):
        _log.warning(
            "%d of %d recordings are used: all last %.0f min; raise --minutes for more",
            count, len(recordings), total,
        )  # fmt: skip
    return [recordings[n * len(recordings) // count] for n in range(count)]


def hold_out(corpus: Corpus, split: str, hearing: SpeechEncoder, outputs: Outputs) -> HeldOut:
    """The recordings of a split, heard."""
    recordings = corpus.of(split)
    return HeldOut(recordings, _samples(corpus, recordings, hearing, outputs, [0]))


def _samples(
    corpus: Corpus,
    recordings: Sequence[Recording],
    hearing: SpeechEncoder,
    outputs: Outputs,
    offsets: Sequence[int],
) -> list[FaceSample]:
    _log.info("hearing %d recordings, %d times", len(recordings), len(offsets))
    return [
        make_sample(each, corpus, partial(hear_with, hearing), outputs.encode, offset)
        for each in recordings
        for offset in offsets
    ]


def measured(
    corpus: Corpus, hearing: SpeechEncoder, outputs: Outputs, speaker: MeshSpeaker, run: Path
) -> str:
    """Figures on what was held out, written beside the model; as text."""
    splits = {
        split: measure(speaker, hold_out(corpus, split, hearing, outputs), outputs)
        for split in (VAL, TEST)
        if any(each.split == split for each in corpus.recordings)
    }
    return write_measures(run, corpus, outputs, splits)
