"""The eye–head network to ``onnx_models/gaze_eye_head.onnx`` and its contract."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Draw
from backend.mocap.source import CMU
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.gaze.eye_head_features import INPUT_LAYOUT, OUTPUT_LAYOUT
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)

from .eye_head_data import TEACHER
from .eye_head_graph import EyeHeadGraph
from .eye_head_network import EyeHeadNetwork
from .train_eye_head import EyeHeadConfig, load_network

MODEL_NAME = "gaze_eye_head"
EYEDENTIFY = DataSource(
    "EyeDentify3d, recordings with HTC Vive Pro Eye",
    "MIT",
    "Copyright (c) EveCharbie and contributors, github.com/EveCharbie/EyeDentify3d",
)
NEON = DataSource(
    "pl-neon-recording, demo recording with Pupil Neon",
    "MIT",
    "Copyright (c) Pupil Labs GmbH, github.com/pupil-labs/pl-neon-recording",
)
_PARITY_FRAMES = 40
_NEEDED = 0.95
_log = logging.getLogger(__name__)


def export_eye_head(
    run: Path,
    out: Path,
    measures: Path | None = None,
    command_line: str = "backend train gaze",
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        out: folder for the .onnx and the .json.
        measures: what ``evaluate --json`` or ``eye_head_folds --json`` wrote of these weights, kept
            in the contract; whether network or formula moves heads is decided by them.
        command_line: how it was trained, kept in the contract.
    """
    network, config = load_network(run)
    example = {
        "features": torch.zeros(2, 3, INPUT_LAYOUT.size),
        "state": network.first_state(2),
    }
    return export_module(
        EyeHeadGraph(network),
        example,
        ["eye_head", "next_state"],
        _draft(network, config, _read_measures(measures), command_line),
        out / f"{MODEL_NAME}.onnx",
        reference=network,
        draw=draw_chunks(network),
    )


def _read_measures(path: Path | None) -> dict[str, Any]:
    """What was measured of this network; empty without a file."""
    if path is None:
        return {}
    found = json.loads(path.read_text("utf-8"))
    found = found.get("mean", found.get("eye_head", found))
    return {name: value for name, value in found.items() if name != "definitions"}


def choose_heads(measures: dict[str, Any]) -> str:
    """The network where it beats the published formula on people held out by 5 %, else that.

    Args:
        measures: mae_deg and mae_published_deg of people held out; without them it is the formula.
    """
    ours, formula = (measures.get(name) for name in ("mae_deg", "mae_published_deg"))
    beaten = ours is not None and formula is not None and ours <= _NEEDED * formula
    chosen = "network" if beaten else "formula"
    _log.info("heads are moved by the %s: error %s, formula %s degrees", chosen, ours, formula)
    return chosen


def _draft(
    network: EyeHeadNetwork, config: EyeHeadConfig, measures: dict[str, Any], command_line: str
) -> ModelContract:
    state = (network.layers, "batch", network.state_size)
    return ModelContract(
        name=MODEL_NAME,
        task=MODEL_NAME,
        inputs=(
            TensorSpec(
                "features",
                ("batch", "frames", INPUT_LAYOUT.size),
                unit="see layout",
                layout=INPUT_LAYOUT.as_contract(),
            ),
            TensorSpec("state", state, unit="zero for a gaze that has rested"),
        ),
        outputs=(
            TensorSpec(
                "eye_head",
                ("batch", "frames", OUTPUT_LAYOUT.size),
                unit="rad",
                layout=OUTPUT_LAYOUT.as_contract(),
            ),
            TensorSpec("next_state", state),
        ),
        skeleton=None,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(CMU, EYEDENTIFY, NEON),
        weights_licence="GPL-3.0-or-later",
        metrics=measures,
        settings={
            "cell": config.cell,
            "taught_by": [TEACHER, "people"] if config.people_updates else [TEACHER],
            "held_out_people": list(config.held_out),
            "heads": choose_heads(measures),
        },
    )


def draw_chunks(network: EyeHeadNetwork) -> Draw:
    """Inputs spread like those of training, with the batch's number of frames of its own."""
    spread = (1.0 / network.input_scale).numpy()

    def draw(batch: int, generator: np.random.Generator) -> dict[str, np.ndarray[Any, Any]]:
        frames = int(generator.integers(1, _PARITY_FRAMES))
        features = generator.normal(0.0, spread, (batch, frames, len(spread)))
        state = generator.uniform(-1, 1, (network.layers, batch, network.state_size))
        return {"features": features.astype(np.float32), "state": state.astype(np.float32)}

    return draw
