"""Export of the network of gaze behaviour as a graph of one step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.gaze.events import (
    HISTORY,
    INPUT_LAYOUT,
    ROLES,
    mixture_layout,
    sequence_features,
)
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)

from .behaviour_network import GazeBehaviourNetwork
from .calibration import break_seconds, measure_partner_shares
from .conversation import Recording
from .prepare import load_split
from .train_behaviour import CALIBRATED, load_network

MODEL_NAME = "gaze_behaviour"
TASK = "gaze_behaviour"
CONVERSATIONS = DataSource(
    "Eye Movement in a Controlled Dialogue Setting",
    "Apache-2.0",
    "David Dembinsky, Ko Watanabe, Andreas Dengel and Shoya Ishimaru, Eye Movement in a "
    "Controlled Dialogue Setting, ETRA 2024, doi 10.1145/3649902.3653337; changed by us: pickles "
    "turned into CSV, angles added, centred on each person's median.",
)


class StepNetwork(nn.Module):
    """One fixation at a time, which is what the scene asks for."""

    def __init__(self, network: GazeBehaviourNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """(B, F) and (B, S) to (B, M) and (B, S)."""
        return self.network.step(features, state)


class TrainedNetwork(nn.Module):
    """The same by torch's own recurrent layer, which was trained: what the step has to equal."""

    def __init__(self, network: GazeBehaviourNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """(B, F) and (B, S) to (B, M) and (B, S)."""
        mixtures, state = self.network(features[:, None], state)
        return mixtures[:, 0], state


def export_behaviour(
    run: Path, data: Path, out: Path, command_line: str, measures: Path | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with the calibrated weights.
        data: what prepare wrote.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.
    """
    network = load_network(run, CALIBRATED)
    people = load_split(data, "train")
    draft = _draft(network, people, load_split(data, "val"), command_line, measures)
    example = {
        "features": torch.zeros(2, INPUT_LAYOUT.size),
        "state": torch.zeros(2, network.shape.state_size),
    }
    return export_module(
        StepNetwork(network),
        example,
        ["mixture", "next_state"],
        draft,
        out / f"{MODEL_NAME}.onnx",
        reference=TrainedNetwork(network),
        draw=draw_recorded(people, network.shape.state_size),
        tolerance=2e-4,
    )


def _draft(
    network: GazeBehaviourNetwork,
    people: list[Recording],
    validated: list[Recording],
    command_line: str,
    measures: Path | None,
) -> ModelContract:
    mixture = mixture_layout(network.shape.components)
    state = ("batch", network.shape.state_size)
    return ModelContract(
        name=MODEL_NAME,
        task=TASK,
        inputs=(
            TensorSpec(
                "features",
                ("batch", INPUT_LAYOUT.size),
                unit="see layout",
                layout=INPUT_LAYOUT.as_contract(),
            ),
            TensorSpec("state", state, unit="zero before the first fixation"),
        ),
        outputs=(
            TensorSpec(
                "mixture",
                ("batch", mixture.size),
                unit="see layout; each part component after component",
                layout=mixture.as_contract(),
            ),
            TensorSpec("next_state", state, unit="fed back with the next fixation"),
        ),
        skeleton=None,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(CONVERSATIONS,),
        weights_licence="GPL-3.0-or-later",
        metrics=_read_measures(measures),
        settings={
            "roles": list(ROLES),
            "history": HISTORY,
            "components": network.shape.components,
            "cell": network.shape.cell,
            "state_size": network.shape.state_size,
            "break_seconds": break_seconds(people),
            "partner_share": measure_partner_shares(people),
            "trained_on": {each.name: each.sha256 for each in people},
            "validated_with": {each.name: each.sha256 for each in validated},
        },
    )


def draw_recorded(people: list[Recording], state_size: int) -> Draw:
    """Inputs for parity: features as recorded, states anywhere they can be."""
    rng = np.random.default_rng(0)
    features = np.concatenate(
        [sequence_features(each.events(rng), each.roles, each.breaks_s) for each in people]
    )

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        chosen = generator.choice(len(features), batch)
        state = generator.uniform(-1.0, 1.0, (batch, state_size))
        return {"features": features[chosen], "state": state.astype(np.float32)}

    return draw


def _read_measures(path: Path | None) -> dict[str, Any]:
    """The single numbers measured of this network, rounded; empty without a file."""
    if path is None:
        return {}
    ours = json.loads(path.read_text("utf-8"))["behaviour"]
    return {name: round(v, 4) for name, v in ours.items() if isinstance(v, int | float)}
