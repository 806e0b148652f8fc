"""``export editing --model manifold_2016``: four graphs, and the neutral gaits beside the first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import torch
from torch import nn

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.packing import PackedConv1d, PackedWeight
from backend.export.parity import draw_normal
from backend.mocap.source import CMU, UPC_RUN
from blender_addon.core.editing.manifold.control import CONTROL_LAYOUT
from blender_addon.core.editing.manifold.features import LAYOUT, RATE_HZ, WINDOW_FRAMES
from blender_addon.core.editing.manifold.runtime import CONTROL, DECODER, ENCODER, GRADIENT
from blender_addon.core.errors import InputError
from blender_addon.core.inference.arrays import ARRAYS_SHA256
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from ..restyle.neutral import make_neutral, neutral_bytes
from .loop import load_control, load_manifold
from .network import Control, Decoder, Encoder, Gradient, Manifold
from .train import CONTROL as CONTROL_FOLDER
from .train import RUN

MODELS: Final = Path("onnx_models")
ANIMATED: Final = DataSource(
    "Quaternius, Mesh2Motion and KayKit animations",
    "CC0 1.0",
    "Animated by Quaternius (quaternius.com), the Mesh2Motion project and Kay Lousberg",
)
_FRAMES: Final = 24
_TOLERANCE: Final = 2e-4
_BATCHES: Final = (1, 2, 5)
_GRAPHS: Final = {
    ENCODER: (("motion", "frames", LAYOUT), ("hidden", "hidden_frames", None)),
    DECODER: (("hidden", "hidden_frames", None), ("motion", "frames", LAYOUT)),
    GRADIENT: (("cotangent", "frames", LAYOUT), ("gradient", "hidden_frames", None)),
    CONTROL: (("control", "frames", CONTROL_LAYOUT), ("hidden", "hidden_frames", None)),
}


def export(
    run: Path,
    out: Path,
    command_line: str,
    metrics: Mapping[str, Any] | None = None,
    gaits: Path | None = None,
) -> list[ExportReport]:
    """Export a run; nothing of a graph is written unless its parity with torch holds.

    Args:
        run: folder with weights.pt and the control's.
        out: folder for the files.
        command_line: how it was trained, kept in the contracts.
        metrics: what was measured of these weights.
        gaits: folder of neutral gaits; None keeps the ones that lie in ``out``.

    Raises:
        InputError: there are neither gaits nor any kept.
    """
    arrays = _neutral(gaits, out / f"{ENCODER}.npz")
    manifold, control = load_manifold(run), load_control(run / CONTROL_FOLDER)
    parts: dict[str, nn.Module] = {
        ENCODER: Encoder(_with_packed(manifold)),
        DECODER: Decoder(_with_packed(manifold)),
        GRADIENT: Gradient(_with_packed(manifold)),
        CONTROL: _packed_control(control),
    }
    hidden = manifold.weight.shape[0]
    reports = [
        _export_part(task, part, hidden, out, command_line, dict(metrics or {}))
        for task, part in parts.items()
    ]
    (out / f"{ENCODER}.npz").write_bytes(arrays)
    first = reports[0].contract
    kept = {**first.settings, ARRAYS_SHA256: hashlib.sha256(arrays).hexdigest()}
    contract = replace(first, settings=kept)
    save_contract(out / f"{ENCODER}.json", contract)
    reports[0] = replace(reports[0], contract=contract)
    return reports


def _neutral(gaits: Path | None, kept: Path) -> bytes:
    if gaits is not None:
        return neutral_bytes(make_neutral(gaits))
    if not kept.is_file():
        raise InputError(f"there is no {kept}; name a folder of neutral gaits with --gaits")
    return kept.read_bytes()


class _PackedManifold(Manifold):
    """A manifold whose weight is unpacked in the graph."""

    def __init__(self, manifold: Manifold) -> None:
        super().__init__(manifold.weight.shape[0])
        self.load_state_dict(manifold.state_dict())
        packed = PackedWeight(manifold.weight)
        del self.weight
        self.packed = packed

    def __getattr__(self, name: str) -> Any:
        if name == "weight":
            return self.packed()
        return super().__getattr__(name)


def _with_packed(manifold: Manifold) -> Manifold:
    return _PackedManifold(manifold).eval()


def _packed_control(control: Control) -> Control:
    layers = [layer for layer in control.layers if isinstance(layer, nn.Conv1d)]
    packed = Control(layers[-1].out_channels)
    packed.load_state_dict(control.state_dict())
    packed.layers = nn.ModuleList(PackedConv1d(layer) for layer in layers)
    return packed.eval()


def _export_part(
    task: str, part: nn.Module, hidden: int, out: Path, command_line: str, metrics: dict[str, Any]
) -> ExportReport:
    given, made = (_tensor(*each, hidden) for each in _GRAPHS[task])
    draft = ModelContract(
        name=task,
        task=task,
        inputs=(given,),
        outputs=(made,),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(CMU, UPC_RUN, ANIMATED),
        weights_licence="GPL-3.0-or-later",
        metrics=metrics if task in (ENCODER, CONTROL) else {},
        settings={"window_frames": WINDOW_FRAMES},
    )
    example = {given.name: torch.randn(2, _FRAMES, int(given.shape[-1]))}
    even = ("frames",) if "frames" in given.shape else ()
    return export_module(
        part, example, [made.name], draft, out / f"{task}.onnx",
        draw=draw_normal(draft, even=even), tolerance=_TOLERANCE, batches=_BATCHES, even=even,
    )  # fmt: skip


def _tensor(name: str, frames: str, layout: Any, hidden: int) -> TensorSpec:
    if layout is None:
        return TensorSpec(name, ("batch", frames, hidden))
    return TensorSpec(
        name, ("batch", frames, layout.size), unit="see layout", layout=layout.as_contract()
    )


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN)
@click.option("--out", type=click.Path(path_type=Path), default=MODELS)
@click.option(
    "--trained-by", default="backend train editing --model manifold_2016",
    help="Kept in the contracts.",
)  # fmt: skip
@click.option(
    "--gaits", type=click.Path(path_type=Path, exists=True),
    help="Neutral gaits, of 'python -m backend.walk.steady_gaits'; else those kept stay.",
)  # fmt: skip
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(
    run: Path, out: Path, trained_by: str, gaits: Path | None, measures: Path | None
) -> None:
    """Export the manifold of 2016 with its gradient and control, and prove parity."""
    metrics = json.loads(measures.read_text("utf-8"))["manifold"] if measures else {}
    for report in export(run, out, trained_by, metrics, gaits):
        click.echo(f"{report.path}: {report.bytes / 1e6:.2f} MB, {report.parity.largest:.1e}")
