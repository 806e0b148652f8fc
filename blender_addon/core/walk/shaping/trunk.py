"""Lean, slump, head up and a crouch's balance: angles joint by joint.

An angle is of the joint in the root's frame, not against its parent: what the chest does, the head
does only where the table says so, which is how the gaze stays level and arms hang.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from .body import UPPER, Body

_PITCH: Final = {
    "lean_deg": {
        "Hips": 0.5, "Spine": 0.7, "Spine1": 0.9, "Spine2": 1.0, "Neck": 0.75, "Head": 0.3,
        "Shoulder": 1.0, "Arm": 0.3, "ForeArm": 0.3, "Hand": 0.3,
    },
    "slump": {
        "Hips": -5.0, "Spine": 6.0, "Spine1": 21.0, "Spine2": 37.0, "Neck": 50.0, "Head": 6.0,
        "Shoulder": 37.0, "Arm": 5.0, "ForeArm": 0.0, "Hand": 0.0,
    },
    "head_up_deg": {"Neck": -0.35, "Head": -1.0},
    "crouch": {
        "Hips": 12.0, "Spine": 16.0, "Spine1": 19.0, "Spine2": 20.0, "Neck": 12.0, "Head": 3.0,
        "Shoulder": 20.0, "Arm": 6.0, "ForeArm": 0.0, "Hand": 0.0,
    },
}  # fmt: skip
"""Degrees forward about the axis to the left, for 1 of each."""

_INWARD: Final = {
    "slump": {
        "Shoulder": (-12.0, -4.0), "Arm": (-14.0, 0.0), "ForeArm": (-14.0, 0.0),
        "Hand": (-14.0, 0.0),
    },
}  # fmt: skip
"""Degrees of the left side about the axes up and forward; the right side mirrors them."""

_BACKWARD_M: Final = {"lean_deg": 0.0018, "slump": 0.03, "crouch": 0.05}
"""How far the hips go back for balance, for 1 of each."""

FIELDS: Final = tuple(_PITCH)


def _tabulate() -> Floats:
    """(F, U, 3) rotation vectors for 1 of each."""
    table = np.zeros((len(FIELDS), len(UPPER), 3))
    for row, field in enumerate(FIELDS):
        for column, joint in enumerate(UPPER):
            part = joint.removeprefix("Left").removeprefix("Right")
            table[row, column, 0] = _PITCH[field].get(part, 0.0)
            side = -1.0 if joint.startswith("Right") else 1.0
            table[row, column, 1:] = side * np.array(_INWARD.get(field, {}).get(part, (0.0, 0.0)))
    return np.deg2rad(table).astype(np.float32)


_TABLE: Final = _tabulate()
_BACK: Final = np.array([_BACKWARD_M.get(field, 0.0) for field in FIELDS], np.float32)


def bend_trunk(body: Body, values: dict[str, Floats]) -> None:
    """Add the angles of what is asked for.

    Args:
        body: to be changed.
        values: (N,) of some of ``FIELDS``.
    """
    rows = [FIELDS.index(field) for field in values]
    asked = np.stack(list(values.values()), axis=-1)
    table = _TABLE[rows].reshape(len(rows), -1)
    body.angles += (asked @ table).reshape(body.angles.shape)
    body.shift[:, 2] -= asked @ _BACK[rows]
