"""Reads Human3.6M's poses, in any of the files they are handed on in. Research only.

* ``S*/MyPoseFeatures/D3_Positions/*.cdf``: as its owners give them, variable ``Pose`` (1, T, 96);
* ``….cdf.mat``: the same, turned by MATLAB, ``data[0, 0]`` (T, 96);
* ``S*/MyPoses/3D_positions/*.h5``: ``3D_positions`` (96, T), from *3d-pose-baseline*;
* ``data_3d_h36m.npz``: {subject: {action: (T, 32, 3) in m}}, from *VideoPose3D*.

Millimetres but for the last, Z up, 50 frames a second. Cameras come from a file beside them that
has to be added: ``cameras.h5`` of *3d-pose-baseline*, or ``cameras.json`` with the fields that
*VideoPose3D* gives them.

Source: Ionescu et al. 2014, *Human3.6M*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.io import loadmat

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError, shortened

from .cameras import CorpusCamera, numbers_of
from .dictionaries import UNREADABLE, read_positions, shaped
from .take import Z_UP, PoseTake, chosen_joints, shoulder_middle, whole_takes

KIND: Final = "h36m"
RATE_HZ: Final = 50.0
NPZ: Final = "data_3d_h36m.npz"
_POINTS: Final = 32
_JOINTS: Final = (8, 3, 7, 2, 6, 1, 17, 25, 18, 26, 19, 27)
_TOP: Final = 15
_METRES: Final = 0.001
_LAYOUTS: Final = (
    "S*/MyPoseFeatures/D3_Positions/*.cdf",
    "S*/MyPoseFeatures/D3_Positions/*.cdf.mat",
    "S*/MyPoses/3D_positions/*.h5",
)
_SIZE_PX: Final = (1000, 1000)
_SUBJECT: Final = re.compile(r"subject(\d+)")


def read_h36m(folder: Path) -> Iterator[PoseTake]:
    """All takes of a folder.

    Args:
        folder: that holds ``data_3d_h36m.npz``, or the subjects' folders S1, S5 and so on.

    Yields:
        Takes.

    Raises:
        InputError: there is none of these, or a file is broken.
    """
    cameras = _read_cameras(folder)
    if (folder / NPZ).is_file():
        found = read_positions(folder / NPZ, _POINTS)
    else:
        paths = sorted(path for layout in _LAYOUTS for path in folder.glob(layout))
        if not paths:
            raise InputError(
                f"{folder} holds no poses of Human3.6M; expected {NPZ}, or one of "
                f"{', '.join(_LAYOUTS)}"
            )
        found = ((path.parts[-4], _action(path), _read_file(path)) for path in paths)
    for subject, action, points in found:
        turned = points @ Z_UP.T
        neck = shoulder_middle(turned, _JOINTS)
        joints = chosen_joints(turned, _JOINTS, neck, turned[:, _TOP])
        yield from whole_takes(action, subject, RATE_HZ, joints, cameras.get(subject, ()))


def _action(path: Path) -> str:
    return path.name.removesuffix(".mat").removesuffix(".cdf").removesuffix(".h5")


def _read_file(path: Path) -> Floats:
    """(T, 32, 3) metres, Z up."""
    read = {".cdf": _read_cdf, ".mat": _read_mat, ".h5": _read_h5}[path.suffix]
    try:
        values = read(path)
    except UNREADABLE as error:
        raise InputError(
            f"{path} cannot be read as poses of Human3.6M ({shortened(error)}); it may be cut "
            "short, fetch it again"
        ) from error
    return _METRES * shaped(values, _POINTS, str(path))


def _read_cdf(path: Path) -> Any:
    import cdflib  # needed by nothing else, and not everywhere

    return cdflib.CDF(path).varget("Pose")


def _read_mat(path: Path) -> Any:
    return loadmat(path)["data"][0, 0]


def _read_h5(path: Path) -> Any:
    import h5py  # likewise

    with h5py.File(path, "r") as opened:
        return np.asarray(opened["3D_positions"]).T


# --- cameras ----------------------------------------------------------------------------------


def _read_cameras(folder: Path) -> Mapping[str, Sequence[CorpusCamera]]:
    """By subject; empty where nobody added a file."""
    if (folder / "cameras.json").is_file():
        return _cameras_json(folder / "cameras.json")
    if (folder / "cameras.h5").is_file():
        return _cameras_h5(folder / "cameras.h5")
    return {}


def _cameras_json(path: Path) -> dict[str, list[CorpusCamera]]:
    """{subject: [camera]}: orientation as quaternion w, x, y, z to the world, translation in mm."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return {
            subject: [_camera_json(each, f"{path}, {subject}") for each in listed if each]
            for subject, listed in document.items()
        }
    except (*MALFORMED, OSError) as error:
        raise InputError(f"{path} is no list of cameras ({shortened(error)})") from error


def _camera_json(document: Mapping[str, Any], where: str) -> CorpusCamera:
    w, x, y, z = numbers_of(document, "orientation", where)
    length = np.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = (part / length for part in (w, x, y, z))
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    return CorpusCamera(
        str(document.get("id", "")),
        (int(document.get("res_w", _SIZE_PX[0])), int(document.get("res_h", _SIZE_PX[1]))),
        numbers_of(document, "focal_length", where),
        numbers_of(document, "center", where),
        Z_UP @ turn,
        Z_UP @ (_METRES * numbers_of(document, "translation", where)),
        numbers_of(document, "radial_distortion", where),
        numbers_of(document, "tangential_distortion", where),
    )


def _cameras_h5(path: Path) -> dict[str, list[CorpusCamera]]:
    """subjectN/cameraM with R (by columns, from the world), T in mm, f, c, k and p."""
    import h5py

    try:
        with h5py.File(path, "r") as opened:
            return {
                f"S{match[1]}": [_camera_h5(name, group) for name, group in subject.items()]
                for key, subject in opened.items()
                if (match := _SUBJECT.fullmatch(key))
            }
    except UNREADABLE as error:
        raise InputError(
            f"{path} holds no cameras as in 3d-pose-baseline ({shortened(error)})"
        ) from error


def _camera_h5(name: str, group: Any) -> CorpusCamera:
    values = {key: np.asarray(group[key], np.float64) for key in "RTfckp"}
    flat = {key: value.reshape(-1) for key, value in values.items()}
    return CorpusCamera(
        name,
        _SIZE_PX,
        flat["f"],
        flat["c"],
        Z_UP @ values["R"],  # stored by columns: as read, it leads from the camera to the world
        Z_UP @ (_METRES * flat["T"]),
        flat["k"],
        flat["p"],
    )
