"""The comparison's networks are there, say what they hear, and move; none is in the extension."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from backend.gesture.lstm.feature_sets import SETS, WINDOW, columns_of
from backend.gesture.lstm.state import decode_states
from blender_addon.core.inference.session import ModelSession

FOLDER = Path(__file__).resolve().parents[3] / "onnx_models" / "comparison"
LARGEST_BYTES = 2_000_000


@pytest.mark.parametrize("name", SETS)
def test_a_network_of_the_comparison(name: str) -> None:
    path = FOLDER / f"gesture_lstm_{name}.onnx"
    session = ModelSession(path, ["CPUExecutionProvider"])
    assert path.stat().st_size <= LARGEST_BYTES
    assert session.contract.settings["features"] == list(SETS[name])
    assert not {"salsa_03", "salsa_11"} & set(session.contract.settings["takes"])
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(1, 20, WINDOW * len(columns_of(name)))).astype(np.float32)
    clip = decode_states(session.run({"windows": windows})["states"][0], 30.0)
    assert 0.7 < clip.root_positions[:, 1].mean() < 1.1


def test_the_card_has_a_row_for_each() -> None:
    card = (FOLDER / "gesture_lstm.md").read_text("utf-8")
    ours = card.partition("The lecture's own table")[0]
    rows = [
        line for line in ours.splitlines() if re.match(r"(\| [\w+ ]+ )(\| [\d–. ]+ ){8}\|", line)
    ]
    assert len(rows) == len(SETS) + 3
