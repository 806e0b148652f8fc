"""A walking figure, and its joints written as the data sets have them."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from blender_addon.core.video.points import JOINTS, TOP_ABOVE_EARS

NOT_THERE = "the libraries of the data sets are in the environment for training alone"
PANOPTIC = (
    "neck nose hips l_shoulder l_elbow l_wrist l_hip l_knee l_ankle r_shoulder r_elbow r_wrist "
    "r_hip r_knee r_ankle l_eye l_ear r_eye r_ear"
).split()
H36M = {
    0: "hips", 1: "r_hip", 2: "r_knee", 3: "r_ankle", 6: "l_hip", 7: "l_knee", 8: "l_ankle",
    12: "hips", 13: "neck", 14: "nose", 15: "top", 17: "l_shoulder", 18: "l_elbow", 19: "l_wrist",
    25: "r_shoulder", 26: "r_elbow", 27: "r_wrist",
}  # fmt: skip
HUMANEVA = (
    "hips neck l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist l_hip l_knee l_ankle r_hip "
    "r_knee r_ankle top"
).split()
OURS = {
    "LeftFoot": "l_ankle", "RightFoot": "r_ankle", "LeftLeg": "l_knee", "RightLeg": "r_knee",
    "LeftUpLeg": "l_hip", "RightUpLeg": "r_hip", "LeftArm": "l_shoulder", "RightArm": "r_shoulder",
    "LeftForeArm": "l_elbow", "RightForeArm": "r_elbow", "LeftHand": "l_wrist",
    "RightHand": "r_wrist", "Neck": "neck", "HeadTop": "top",
}  # fmt: skip


def walker(count: int, rate_hz: float, start: tuple[float, float] = (0.0, 0.0)) -> dict:
    """Named places (T, 3) in metres, Y up, of one who walks along +z; the left is at +x."""
    time = np.arange(count) / rate_hz
    base = np.stack([start[0] + 0 * time, 0.95 + 0.02 * np.sin(12 * time), start[1] + time], 1)
    swing = 0.4 * np.sin(6.0 * time)
    places = {"hips": base}

    def hung(top: np.ndarray, angle: np.ndarray, length: float) -> np.ndarray:
        return top + length * np.stack([0 * angle, -np.cos(angle), np.sin(angle)], 1)

    for side, sign in (("l", 1.0), ("r", -1.0)):
        hip = base + np.array([0.1 * sign, 0.0, 0.0])
        knee = hung(hip, sign * swing + 0.1, 0.42)
        shoulder = base + np.array([0.18 * sign, 0.48, 0.0])
        elbow = hung(shoulder, -sign * swing, 0.28)
        places |= {
            f"{side}_hip": hip, f"{side}_knee": knee,
            f"{side}_ankle": hung(knee, sign * swing - 0.2, 0.42),
            f"{side}_shoulder": shoulder, f"{side}_elbow": elbow,
            f"{side}_wrist": hung(elbow, -sign * swing + 0.3, 0.25),
            f"{side}_ear": base + np.array([0.07 * sign, 0.66, 0.0]),
            f"{side}_eye": base + np.array([0.03 * sign, 0.68, 0.09]),
        }  # fmt: skip
    places["neck"] = 0.5 * (places["l_shoulder"] + places["r_shoulder"])
    ears = 0.5 * (places["l_ear"] + places["r_ear"])
    places["top"] = ears + TOP_ABOVE_EARS * (ears - places["neck"])
    places["nose"] = base + np.array([0.0, 0.66, 0.1])
    return places


def fourteen(places: dict) -> np.ndarray:
    """(T, 14, 3) as the readers are to give them."""
    return np.stack([places[OURS[name]] for name in JOINTS], axis=1)


def z_up(points: np.ndarray) -> np.ndarray:
    """In a world with Z up and the same handedness."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


def write_panoptic_frame(path: Path, people: dict[int, np.ndarray]) -> None:
    """One frame: (19, 4) of each person, cm and Y down already, with confidence."""
    bodies = [
        {"id": number, "joints19": [round(float(value), 6) for value in rows.ravel()]}
        for number, rows in people.items()
    ]
    document = {"version": 0.7, "univTime": 53541.5, "fpsType": "hd_29_97", "bodies": bodies}
    path.write_text(json.dumps(document), "utf-8")


def panoptic_rows(places: dict, frame: int, confidence: float = 0.6) -> np.ndarray:
    """(19, 4) of one frame."""
    rows = [
        [100 * places[name][frame][0], -100 * places[name][frame][1],
         -100 * places[name][frame][2], confidence]
        for name in PANOPTIC
    ]  # fmt: skip
    return np.array(rows)


def write_panoptic(scene: Path, people: dict[int, tuple[dict, range]]) -> None:
    """A scene: each person's places and the frames that show them, the first frame being 100."""
    folder = scene / "hdPose3d_stage1_coco19"
    folder.mkdir(parents=True)
    last = max(frames[-1] for _, frames in people.values())
    for frame in range(last + 1):
        there = {
            number: panoptic_rows(places, frame)
            for number, (places, frames) in people.items()
            if frame in frames
        }
        write_panoptic_frame(folder / f"body3DScene_{100 + frame:08d}.json", there)


def h36m_points(places: dict) -> np.ndarray:
    """(T, 32, 3) metres, Z up."""
    hips = places["hips"]
    return z_up(
        np.stack([places[H36M.get(number, "hips")] for number in range(32)], 1) + 0 * hips[:, None]
    )


def humaneva_points(places: dict) -> np.ndarray:
    """(T, 15, 3) metres, Z up."""
    return z_up(np.stack([places[name] for name in HUMANEVA], axis=1))


def write_cdf(path: Path, points_m: np.ndarray) -> None:
    """As Human3.6M's owners give it: one record of (T, 96) mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = (1000 * points_m).reshape(1, len(points_m), 96).astype(np.float32)
    writer = pytest.importorskip("cdflib.cdfwrite", reason=NOT_THERE)
    with writer.CDF(path, cdf_spec={"rDim_sizes": [], "Compressed": 0}) as file:
        file.write_var(
            {
                "Variable": "Pose", "Data_Type": 44, "Num_Elements": 1, "Rec_Vary": True,
                "Var_Type": "zVariable", "Dim_Sizes": [len(points_m), 96],
            },
            var_data=values,
        )  # fmt: skip


def write_mat(path: Path, points_m: np.ndarray) -> None:
    """The same, turned by MATLAB: a cell with (T, 96) mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = np.empty((1, 1), object)
    cell[0, 0] = (1000 * points_m).reshape(len(points_m), 96)
    savemat(path, {"data": cell})


def write_h5(path: Path, points_m: np.ndarray) -> None:
    """As 3d-pose-baseline has it: (96, T) mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    h5py = pytest.importorskip("h5py", reason=NOT_THERE)
    with h5py.File(path, "w") as file:
        file["3D_positions"] = (1000 * points_m).reshape(len(points_m), 96).T


def write_humaneva_mat(path: Path, points_m: np.ndarray) -> None:
    """As what VideoPose3D's file was made of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"poses_3d": 1000 * points_m})


def bytes_of(**members: object) -> bytes:
    """A .npz."""
    out = io.BytesIO()
    np.savez_compressed(out, **members)
    return out.getvalue()


def quaternion_of(rotation: np.ndarray) -> list[float]:
    """w, x, y, z of a rotation that turns by less than half a turn."""
    w = 0.5 * math.sqrt(max(1.0 + float(np.trace(rotation)), 1e-12))
    skew = rotation - rotation.T
    return [w, skew[2, 1] / (4 * w), skew[0, 2] / (4 * w), skew[1, 0] / (4 * w)]
