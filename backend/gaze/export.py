"""``export gaze``: best weights of both networks to ``onnx_models`` with their contracts."""

from __future__ import annotations

from pathlib import Path

import click

from backend.export.onnx_export import ExportReport
from backend.model_option import model_option
from blender_addon.core.gaze.pipeline import BEHAVIOUR_TASK, EYE_HEAD_TASK

from .export_behaviour import export_behaviour
from .prepare import PREPARED


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/gaze"))
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@model_option("gaze")
@click.option("--trained-by", default="backend train gaze", help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(
    run: Path, data: Path, out: Path, task: str | None, trained_by: str, measures: Path | None
) -> None:
    """Export the networks of gaze and prove parity."""
    if task != EYE_HEAD_TASK:
        _tell(export_behaviour(run / "behaviour", data, out, trained_by, measures))
    if task != BEHAVIOUR_TASK:
        from .export_eye_head import export_eye_head

        _tell(export_eye_head(run / "eye_head", out, measures, trained_by))


def _tell(report: ExportReport) -> None:
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
