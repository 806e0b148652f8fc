"""Reads CMU Panoptic: a scene's people frame by frame, and the cameras of its dome. Research only.

Folder of a scene: ``hdPose3d_stage1_coco19/body3DScene_00000123.json`` for each frame, and
``calibration_SCENE.json``. Centimetres, Y down, 29.97 frames a second. People have numbers; they
come and go, and a frame or a joint may be missing.

Source: Joo et al. 2017, *Panoptic Studio*, and the README of its toolbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.video.points import TOP_ABOVE_EARS

from .cameras import CorpusCamera, numbers_of
from .take import PoseTake, chosen_joints, shoulder_middle, whole_takes

KIND: Final = "panoptic"
RATES_HZ: Final = {"hd_29_97": 29.97, "vga_25": 25.0}
POSES: Final = "hdPose3d_stage1_coco19"
_JOINTS: Final = (8, 14, 7, 13, 6, 12, 3, 9, 4, 10, 5, 11)
_EARS: Final = (16, 18)
_METRES: Final = 0.01
_UP: Final = np.diag([1.0, -1.0, -1.0])
"""Y down becomes Y up, by a turn: left stays left."""
_FRAME: Final = re.compile(r"body3DScene_(\d{8})\.json")
_COUNT: Final = 19
_MOST_FRAMES: Final = 1_000_000


def read_panoptic(folder: Path) -> Iterator[PoseTake]:
    """People of a scene, or of all scenes in a folder.

    Args:
        folder: of a scene, or of folders of scenes.

    Yields:
        Takes; the same person may come several times.

    Raises:
        InputError: there is no scene, or a file is broken.
    """
    scenes = (
        [folder]
        if (folder / POSES).is_dir()
        else sorted(each.parent for each in folder.glob(f"*/{POSES}"))
    )
    if not scenes:
        raise InputError(
            f"{folder} is no scene of CMU Panoptic, nor does it hold one: expected a folder "
            f"{POSES} with body3DScene_00000000.json and so on; unpack {POSES}.tar"
        )
    for scene in scenes:
        yield from _read_scene(scene)


def _read_scene(scene: Path) -> Iterator[PoseTake]:
    frames = {
        int(match[1]): path
        for path in sorted((scene / POSES).iterdir())
        if (match := _FRAME.fullmatch(path.name))
    }
    if not frames:
        raise InputError(
            f"{scene / POSES} is empty; expected body3DScene_00000000.json and so on; unpack "
            f"{POSES}.tar"
        )
    people: dict[int, dict[int, Floats]] = {}
    rates = set()
    for number, path in frames.items():
        rate, bodies = _read_frame(path)
        rates.add(rate)
        for person, joints in bodies.items():
            people.setdefault(person, {})[number] = joints
    if len(rates) != 1:
        raise InputError(f"{scene / POSES} mixes frame rates: {sorted(rates)}; keep one kind")
    cameras = _read_cameras(scene)
    for person, seen in sorted(people.items()):
        joints = _fourteen(_in_order(seen, str(scene / POSES)))
        yield from whole_takes(scene.name, f"person {person}", rates.copy().pop(), joints, cameras)


def _in_order(seen: dict[int, Floats], where: str) -> Floats:
    """(T, 19, 3) from a person's first frame to the last, NaN between."""
    first, count = min(seen), max(seen) - min(seen) + 1
    if count > _MOST_FRAMES:
        raise InputError(f"{where}: frames are numbered from {first} to {max(seen)}")
    points = np.full((count, _COUNT, 3), np.nan)
    points[np.array(list(seen)) - first] = list(seen.values())
    return points


def _read_frame(path: Path) -> tuple[float, dict[int, Floats]]:
    """Frame rate, and for each person (19, 3) in metres, Y up, NaN where unseen."""
    try:
        document = json.loads(path.read_text("utf-8"))
        kind = document.get("fpsType", "hd_29_97")
        if kind not in RATES_HZ:
            raise ValueError(f"fpsType is {kind!a}; expected one of {', '.join(RATES_HZ)}")
        bodies = {
            int(each["id"]): _joints(each["joints19"])
            for each in document["bodies"]
            if int(each["id"]) >= 0  # below 0 is what belongs to nobody
        }
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except MALFORMED as error:
        raise InputError(
            f"{path} is no frame of CMU Panoptic ({shortened(error)}); it may be cut short, unpack "
            "it again"
        ) from error
    return RATES_HZ[kind], bodies


def _joints(values: Any) -> Floats:
    numbers = np.asarray(values, np.float64)
    if numbers.shape != (4 * _COUNT,):
        raise ValueError(f"joints19 has {numbers.size} numbers; expected {4 * _COUNT}")
    rows = numbers.reshape(_COUNT, 4)
    seen = rows[:, 3:] > 0.0
    return np.where(seen, _METRES * rows[:, :3] @ _UP, np.nan)


def _fourteen(points: Floats) -> Floats:
    neck = shoulder_middle(points, _JOINTS)
    ears = points[:, list(_EARS)].mean(axis=1)
    return chosen_joints(points, _JOINTS, neck, ears + TOP_ABOVE_EARS * (ears - neck))


def _read_cameras(scene: Path) -> list[CorpusCamera]:
    """Cameras of high resolution; none where there is no calibration."""
    paths = sorted(scene.glob("calibration_*.json"))
    if not paths:
        return []
    try:
        listed = json.loads(paths[0].read_text("utf-8"))["cameras"]
        chosen = [each for each in listed if each.get("type") == "hd"]
    except OSError as error:
        raise InputError(f"{paths[0]} cannot be read ({error.strerror})") from error
    except MALFORMED as error:
        raise InputError(
            f"{paths[0]} is no calibration of CMU Panoptic ({shortened(error)}); it may be cut "
            "short, fetch it again"
        ) from error
    return [_camera(each, str(paths[0])) for each in chosen]


def _camera(document: dict[str, Any], where: str) -> CorpusCamera:
    """Theirs turns the world into the camera's axes; ours the other way round."""
    where = f"{where}, camera {document.get('name')}"
    lens, turn = numbers_of(document, "K", where), numbers_of(document, "R", where)
    offset = numbers_of(document, "t", where).reshape(-1)
    bent = numbers_of(document, "distCoef", where).reshape(-1)
    size = numbers_of(document, "resolution", where)
    shapes = [each.shape for each in (lens, turn, offset, bent, size)]
    if shapes != [(3, 3), (3, 3), (3,), (5,), (2,)]:
        raise InputError(f"{where}: K, R, t, distCoef and resolution have the shapes {shapes}")
    rotation: NDArray = _UP @ turn.T
    return CorpusCamera(
        str(document.get("name")),
        (int(size[0]), int(size[1])),
        np.array([lens[0, 0], lens[1, 1]]),
        lens[:2, 2],
        rotation,
        -_METRES * rotation @ offset,
        bent[[0, 1, 4]],
        bent[[2, 3]],
    )
