"""The exported lifter on held-out recordings before drawn cameras, as training judges it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from backend.mocap.recordings import load_recordings
from backend.video.lifter.bodies import build_bank
from backend.video.lifter.judging import judged_sequences, validate
from backend.video.lifter.loop import JUDGED_FOLDERS
from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.lifting.mirror import mirrored_features, mirrored_joints

SEQUENCES: Final = 1024


class Exported(nn.Module):
    """A model of the runtime, called as its network, and asked twice as the lifter does."""

    def __init__(self, session: ModelSession) -> None:
        super().__init__()
        self._session = session

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, 42) joints of (B, T, F) features."""
        asked = features.numpy()
        other = mirrored_joints(self._answer(mirrored_features(asked)))
        return torch.from_numpy(0.5 * (self._answer(asked) + other))

    def _answer(self, features: Floats) -> Floats:
        return np.asarray(self._session.run({"features": features})["joints"])


def lifter_errors(
    session: ModelSession, recordings: Path, count: int = SEQUENCES
) -> dict[str, float]:
    """Millimetres, MPJPE of the middle of each sequence.

    Args:
        session: of the lifter.
        recordings: what ``prepare video`` made.
        count: of sequences.

    Returns:
        ``lifter_val_mm`` of rays and confidences alone, ``lifter_val_world_mm`` with the drawn
        errors of a landmark network and its places in space.
    """
    torch.set_num_threads(1)
    held_out = [
        each
        for each in load_recordings(recordings)
        if each.split == "val" and each.folder in JUDGED_FOLDERS
    ]
    judged = judged_sequences(build_bank(held_out, mirrored=False), count)
    found = validate(Exported(session), judged)
    return {"lifter_val_mm": found["mpjpe_mm"], "lifter_val_world_mm": found["mpjpe_world_mm"]}
