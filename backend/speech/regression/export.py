"""``export speech --model regression``: ``speech_face.onnx`` and its contract."""

from __future__ import annotations

from pathlib import Path

import click
import torch
from torch import Tensor

from backend.export.onnx_export import ExportReport, export_module
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.contract import TensorSpec

from ..heard.exporting import draft_contract, numbers
from ..pairs import FACEGOOD, GRID, PHONES
from ..sources import TEACHER_SOURCES
from ..styles import NAMED_STYLES
from .loop import load_trained
from .network import HEAD, LOOK_AHEAD_FRAMES, ExportedRegression, Styles
from .train import RUN

MODEL_NAME = "speech_face"
WARM_UP_FRAMES, CHUNK_FRAMES = 100, 500
USUAL = {GRID: 0.65, PHONES: 0.35}
"""Shares of the teachers in the usual style: measured timing, and lips a camera is shy with."""


GAINS = {
    "jawOpen": 1.25, "mouthPucker": 1.4, "mouthFunnel": 1.2, "mouthUpperUpLeft": 1.8,
    "mouthUpperUpRight": 1.8, "mouthLowerDownLeft": 0.85, "mouthLowerDownRight": 0.85,
}  # fmt: skip
"""What an animator expects beyond a man who reads commands: mouths that open, round and show the
upper teeth. Chosen by eye on demo faces."""


def usual_style(styles: Styles, sessions: tuple[str, ...]) -> Tensor:
    """(E,) the style of someone unknown."""
    table = teacher_styles(styles, sessions)
    return torch.stack([share * table[name] for name, share in USUAL.items()]).sum(0)


def teacher_styles(styles: Styles, sessions: tuple[str, ...]) -> dict[str, Tensor]:
    """(E,) the mean style of each teacher's sessions."""
    vectors = styles.of_sessions().detach()
    return {
        teacher: vectors[[n for n, name in enumerate(sessions) if name.startswith(teacher)]].mean(0)
        for teacher in (GRID, FACEGOOD, PHONES)
        if any(name.startswith(teacher) for name in sessions)
    }


def user_styles(styles: Styles, sessions: tuple[str, ...]) -> dict[str, list[float]]:
    """By name, the usual one first: by manner, and as each teacher moves."""
    usual = usual_style(styles, sessions)
    named = {"plain": usual}
    for name, amounts in NAMED_STYLES.items():
        named[name] = usual + styles.along_axes(torch.tensor(amounts)).detach()
    table = teacher_styles(styles, sessions)
    named |= {"filmed": table[GRID], "animated": table[FACEGOOD], "articulate": table[PHONES]}
    return {name: numbers(vector) for name, vector in named.items()}


def session_styles(styles: Styles, sessions: tuple[str, ...]) -> dict[str, list[float]]:
    """By recording session, and "actor" for the mean of those animated by hand."""
    vectors = styles.of_sessions().detach()
    named = {
        name.removeprefix(f"{FACEGOOD}_"): numbers(vector)
        for name, vector in zip(sessions, vectors, strict=True)
    }
    return named | {"actor": numbers(teacher_styles(styles, sessions)[FACEGOOD])}


def export(run: Path, out: Path, trained_by: str, measures: Path | None = None) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds."""
    model, facts = load_trained(run)
    network, sessions = model.network, tuple(facts["sessions"])
    size = int(network.linear.in_channels)
    frames = ("batch", "frames")
    draft = draft_contract(
        MODEL_NAME,
        "speech_face",
        (
            TensorSpec("features", (*frames, size)),
            TensorSpec("style", (*frames, network.style)),
        ),
        (
            TensorSpec("curves", (*frames, len(ARKIT_52)), unit="blendshape weight"),
            TensorSpec("head", (*frames, HEAD), unit="rad"),
        ),
        TEACHER_SOURCES,
        trained_by,
        {
            "kind": "regression",
            "title": "Likely Face",
            "channels": list(ARKIT_52),
            "styles": user_styles(model.styles, sessions),
            "session_styles": session_styles(model.styles, sessions),
            "warm_up_frames": WARM_UP_FRAMES,
            "look_ahead_frames": LOOK_AHEAD_FRAMES + 2,
            "chunk_frames": CHUNK_FRAMES,
            "learned_upper_face": [],
            "gains": GAINS,
            "has_emotions": False,
            "level_db": -22.0,
        },
        measures,
    )
    example = {"features": torch.randn(2, 40, size), "style": torch.randn(2, 40, network.style)}
    return export_module(
        ExportedRegression(network), example, ["curves", "head"], draft,
        out / f"{MODEL_NAME}.onnx", even=("frames",), halves=True,
    )  # fmt: skip


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train speech --model regression")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the regression network and prove parity."""
    report = export(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
