"""What the exports of all networks on vectors share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backend.export.commit import current_commit
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
    load_contract,
)
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from .clips import ENCODER

_MEASURED_AS = {"speech_face": "regression", "speech_face_diffusion": "diffusion"}
"""Names of models in what ``evaluate`` writes."""
ENCODER_SOURCE = DataSource(
    "Vectors of the first two layers of Whisper tiny.en", "MIT", "Copyright (c) 2022 OpenAI"
)


def draft_contract(
    name: str,
    task: str,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    data: tuple[DataSource, ...],
    trained_by: str,
    settings: Mapping[str, Any],
    measures: Path | None = None,
) -> ModelContract:
    """A contract without opset and hash, naming the encoder its vectors come from."""
    encoder = load_contract(ENCODER.with_suffix(".json"))
    return ModelContract(
        name=name,
        task=task,
        inputs=inputs,
        outputs=outputs,
        skeleton=None,
        frame_rate_hz=FEATURE_RATE_HZ,
        training=TrainingRecord(current_commit(), trained_by),
        data=(*data, ENCODER_SOURCE),
        weights_licence="GPL-3.0-or-later",
        metrics=read_measures(measures, name),
        settings={"encoder_sha256": encoder.sha256, **settings},
    )


def read_measures(path: Path | None, model: str) -> dict[str, float]:
    """The single numbers that ``evaluate --json`` measured of a model, empty without a file."""
    if path is None:
        return {}
    found = json.loads(path.read_text("utf-8"))["models"].get(_MEASURED_AS.get(model, model), {})
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def numbers(array: Any, digits: int = 5) -> list[Any]:
    """As JSON writes them."""
    return np.asarray(array, np.float64).round(digits).tolist()
