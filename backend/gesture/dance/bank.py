"""The bank of steps beside the model: codes of the recorded dances, and poses to begin with."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import numpy as np
import torch

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.gesture.dance.choreography import LEAST_RUN, StepBank
from blender_addon.core.sound.beats import BEATS_PER_MEASURE

from ..dances import STYLES
from .data import DanceData
from .network import DanceController

_STAMP: Final = (1980, 1, 1, 0, 0, 0)


@torch.no_grad()
def make_bank(controller: DanceController, data: DanceData, stance: Floats) -> StepBank:
    """Codes of all quarters of the takes, their mirrored ones included.

    Args:
        controller: trained.
        data: of the train split.
        stance: (P,) how a dancer stands.
    """
    knots = data.knots
    codes = controller.eval().codes(knots.windows)[0].numpy()
    take = knots.take.numpy()
    usable = _inside(take)
    runs = _runs(take, usable)
    styles = knots.style.numpy()
    can_start = usable & (knots.quarter.numpy() == 0) & (runs >= LEAST_RUN)
    for style in range(len(STYLES)):
        if not can_start[styles == style].any():
            can_start |= usable & (styles == style)
    starts = np.flatnonzero(can_start)
    return StepBank(
        codes=codes.astype(np.float16),
        quarters=knots.quarter.numpy(),
        energies=knots.energy.numpy().astype(np.float16),
        styles=styles,
        runs=runs,
        starts=starts,
        poses=knots.poses[starts].numpy().astype(np.float16),
        stance=stance.astype(np.float32),
    )


def _inside(take: Ints) -> Bools:
    """(K,) not the first or last quarter of a take, whose code sees half a measure alone."""
    first = np.concatenate(([True], np.diff(take) != 0))
    last = np.concatenate((np.diff(take) != 0, [True]))
    counts = np.bincount(take)[take]
    return ~(first | last) | (counts <= 2 * BEATS_PER_MEASURE)


def _runs(take: Ints, usable: Bools) -> Ints:
    """(K,) how many usable quarters of the same take follow each."""
    runs = np.zeros(len(take), np.int64)
    for n in range(len(take) - 2, -1, -1):
        if take[n] == take[n + 1] and usable[n + 1]:
            runs[n] = runs[n + 1] + 1
    return runs


def bank_bytes(bank: StepBank) -> bytes:
    """The bank as an .npz, the same bytes for the same bank."""
    small = {"quarters": np.uint8, "styles": np.uint8, "runs": np.uint16, "starts": np.uint16}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in vars(bank).items():
            part = io.BytesIO()
            np.save(part, values.astype(small.get(name, values.dtype)), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part.getvalue())
    return made.getvalue()
