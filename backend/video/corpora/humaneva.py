"""Reads HumanEva-I's poses, as *VideoPose3D* hands them on. Research only.

* ``data_3d_humaneva15.npz``: {"Train/S1": {"Walking 1 chunk0": (T, 15, 3) in m}};
* what that was made of: ``Train/S1/Walking_1.mat`` and so on, ``poses_3d`` (T, 15, 3) in mm, NaN
  where the person was lost.

Z up, 60 frames a second. The lenses of its cameras are in neither.

Source: Sigal, Balan, Black 2010, *HumanEva*.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scipy.io import loadmat

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError, shortened

from .dictionaries import UNREADABLE, read_positions, shaped
from .take import Z_UP, PoseTake, chosen_joints, shoulder_middle, whole_takes

KIND: Final = "humaneva"
RATE_HZ: Final = 60.0
NPZ: Final = "data_3d_humaneva15.npz"
_LAYOUTS: Final = ("Train/S*/*.mat", "Validate/S*/*.mat")
_POINTS: Final = 15
_JOINTS: Final = (10, 13, 9, 12, 8, 11, 2, 5, 3, 6, 4, 7)
_TOP: Final = 14
_METRES: Final = 0.001


def read_humaneva(folder: Path) -> Iterator[PoseTake]:
    """All takes of a folder.

    Args:
        folder: that holds ``data_3d_humaneva15.npz``, or folders Train and Validate.

    Yields:
        Takes.

    Raises:
        InputError: there is none of these, or a file is broken.
    """
    if (folder / NPZ).is_file():
        found = read_positions(folder / NPZ, _POINTS)
    else:
        paths = sorted(path for layout in _LAYOUTS for path in folder.glob(layout))
        if not paths:
            raise InputError(
                f"{folder} holds no poses of HumanEva; expected {NPZ}, or one of "
                f"{', '.join(_LAYOUTS)}"
            )
        found = (("/".join(path.parts[-3:-1]), _name(path), _read_mat(path)) for path in paths)
    for subject, action, points in found:
        turned = points @ Z_UP.T
        neck = shoulder_middle(turned, _JOINTS)
        joints = chosen_joints(turned, _JOINTS, neck, turned[:, _TOP])
        yield from whole_takes(action, subject, RATE_HZ, joints)


def _name(path: Path) -> str:
    return path.stem.replace("_", " ")


def _read_mat(path: Path) -> Floats:
    """(T, 15, 3) metres, Z up."""
    try:
        values = loadmat(path)["poses_3d"]
    except UNREADABLE as error:
        raise InputError(
            f"{path} cannot be read as poses of HumanEva ({shortened(error)}); it may be cut "
            "short, fetch it again"
        ) from error
    return _METRES * shaped(values, _POINTS, str(path))
