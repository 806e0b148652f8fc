"""``export speech --model phones``: ``phone_evidence.onnx`` and its contract."""

from __future__ import annotations

from pathlib import Path

import click
import torch

from backend.export.onnx_export import ExportReport, export_module
from blender_addon.core.inference.contract import TensorSpec
from blender_addon.core.sound.hearing import PHONE_CLASSES

from ..heard.exporting import draft_contract
from ..sources import ESPEAK_SOURCE, NATURAL_SOURCE
from .network import CONTEXT_FRAMES, ExportedPhones
from .train import RUN, load_trained

MODEL_NAME = "phone_evidence"


def export(run: Path, out: Path, trained_by: str) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds."""
    head = load_trained(run)
    size = head.standardise.normalized_shape[0]
    draft = draft_contract(
        MODEL_NAME,
        MODEL_NAME,
        (TensorSpec("features", ("batch", "frames", size)),),
        (TensorSpec("chances", ("batch", "frames", len(PHONE_CLASSES)), unit="chance"),),
        (ESPEAK_SOURCE, NATURAL_SOURCE),
        trained_by,
        {"classes": list(PHONE_CLASSES), "context_frames": CONTEXT_FRAMES},
    )
    example = {"features": torch.randn(2, 40, size)}
    return export_module(
        ExportedPhones(head), example, ["chances"], draft, out / f"{MODEL_NAME}.onnx", halves=True
    )


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train speech --model phones")
def command(run: Path, out: Path, trained_by: str) -> None:
    """Export the head that hears phones and prove parity."""
    report = export(run, out, trained_by)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
