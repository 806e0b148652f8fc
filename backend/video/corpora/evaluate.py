"""How well the lifter does on published recordings: ``evaluate video --data KIND:FOLDER``.

Joints are projected by the recording's own cameras, lens and all, or by cameras put around it; the
lifter gets these points as a tracker without error would give them. The data sets are for research
alone: who holds a licence may measure with them; nothing is learned from them here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.video.judging.pose_errors import (
    aligned_distances,
    joint_distances,
    scaled_distances,
)
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.lifting.lifter import Lifter
from blender_addon.core.video.points import JOINTS, LANDMARKS, TOP_ABOVE_EARS
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson

from .cameras import CorpusCamera, cameras_around
from .h36m import KIND as H36M
from .h36m import read_h36m
from .humaneva import KIND as HUMANEVA
from .humaneva import read_humaneva
from .panoptic import KIND as PANOPTIC
from .panoptic import read_panoptic
from .take import SHORTEST_S, PoseTake

READERS: Final[Mapping[str, Callable[[Path], Iterator[PoseTake]]]] = {
    PANOPTIC: read_panoptic,
    H36M: read_h36m,
    HUMANEVA: read_humaneva,
}
RESEARCH_ONLY: Final = (
    "Panoptic, Human3.6M and HumanEva are for research only; their owners ask you for a licence."
)
DATA_HELP: Final = (
    f"{', '.join(READERS)}:FOLDER, such as h36m:data. Poses as their owners publish them. "
    f"{RESEARCH_ONLY} May be given several times."
)
_MOST_CAMERAS: Final = 4
"""Of a take: a dome has hundreds."""
_SAME: Final = (27, 28, 25, 26, 23, 24, 11, 12, 13, 14, 15, 16)
"""The landmarks that the first twelve joints are."""
_EARS: Final = (7, 8)
_SHOULDERS: Final = (11, 12)
_BESIDE: Final[Mapping[int, tuple[int, ...]]] = {
    7: (0, 1, 2, 3, 4, 5, 6, 9, 10), 15: (17, 19, 21), 16: (18, 20, 22), 27: (29, 31),
    28: (30, 32),
}  # fmt: skip
"""Landmarks that are no joints, by the one that they are nearest to."""

Lift = Callable[[TrackedPerson, FilmCamera], LiftedBody]

_log = logging.getLogger(__name__)


@dataclass
class _Errors:
    """Distances in metres, gathered."""

    plain: list[NDArray] = field(default_factory=list)
    scaled: list[NDArray] = field(default_factory=list)
    aligned: list[NDArray] = field(default_factory=list)

    def add(self, found_m: Floats, true_m: Floats) -> None:
        self.plain.append(joint_distances(found_m, true_m))
        self.scaled.append(scaled_distances(found_m, true_m))
        self.aligned.append(aligned_distances(found_m, true_m))

    def extend(self, other: _Errors) -> None:
        self.plain += other.plain
        self.scaled += other.scaled
        self.aligned += other.aligned

    def row(self) -> dict[str, Any]:
        return {
            "frames": sum(len(each) for each in self.plain),
            "mpjpe_mm": _mean_mm(self.plain),
            "n_mpjpe_mm": _mean_mm(self.scaled),
            "pa_mpjpe_mm": _mean_mm(self.aligned),
        }


def data_choice(text: str) -> tuple[str, Path]:
    """Take ``KIND:FOLDER`` apart.

    Raises:
        InputError: the kind is unknown, or the folder is none.
    """
    kind, _, place = text.partition(":")
    if kind not in READERS or not place:
        raise InputError(
            f"'{text}' is no data set; expected one of "
            f"{', '.join(f'{each}:FOLDER' for each in READERS)}"
        )
    if not Path(place).is_dir():
        raise InputError(f"{place} is no folder; give the one that holds the poses of {kind}")
    return kind, Path(place)


def evaluate_corpus(
    kind: str, folder: Path, lift: Lift | None = None, model: Path | None = None
) -> dict[str, Any]:
    """The lifter's errors on a data set, in all and for each subject.

    Args:
        kind: one of ``READERS``.
        folder: that holds it.
        lift: what is judged; None takes the lifter.
        model: of the lifter; None takes the one that comes along.

    Returns:
        ``frames``, ``mpjpe_mm`` (hips at 0, bones as found), ``n_mpjpe_mm`` (the best size for each
        frame) and ``pa_mpjpe_mm`` (the best similarity for each frame), ``takes``, ``cameras``
        ("own" or "around") and the same for each of ``subjects``.

    Raises:
        InputError: a file is broken, or there is nothing to measure.
    """
    if lift is None:
        path = model or Path(__file__).resolve().parents[3] / "onnx_models" / "pose_lifter.onnx"
        lift = Lifter(ModelSession(path, ["CPUExecutionProvider"])).lift
    subjects: dict[str, _Errors] = {}
    takes, own = 0, False
    for take in READERS[kind](folder):
        takes, own = takes + 1, own or bool(take.cameras)
        errors = subjects.setdefault(take.subject, _Errors())
        for camera in _chosen_cameras(take):
            _judge(take, camera, lift, errors)
        _log.info("%s %s: %d frames", take.subject, take.name, take.frame_count)
    total = _Errors()
    for errors in subjects.values():
        total.extend(errors)
    if not total.plain:
        raise InputError(
            f"{folder}: no camera sees anybody of {kind} for {SHORTEST_S:g} s; there is nothing to "
            "measure"
        )
    rows = {name: errors.row() for name, errors in subjects.items() if errors.plain}
    about = {"kind": kind, "takes": takes, "cameras": "own" if own else "around"}
    return {**about, **total.row(), "note": RESEARCH_ONLY, "subjects": rows}


def as_tracked(take: PoseTake, camera: CorpusCamera) -> TrackedPerson:
    """What a tracker without error would see: the joints' landmarks.

    The others, which were not recorded, lie with the joint that they are nearest to, and count as
    hidden: no tracker leaves them out, and no lifter has learned to do without. A frame counts as
    empty where it was not recorded, or a joint is out of the picture.
    """
    count = take.frame_count
    pixels = camera.project(take.joints_m)
    inside = ((pixels >= 0.0) & (pixels <= np.array(camera.size_px))).all(axis=(1, 2))
    seen = inside & take.measured
    points = np.full((count, len(LANDMARKS), 2), np.nan)
    points[:, _SAME] = pixels[:, :12]
    neck, top = points[:, _SHOULDERS].mean(axis=1), pixels[:, JOINTS.index("HeadTop")]
    ears = (top + TOP_ABOVE_EARS * neck) / (1.0 + TOP_ABOVE_EARS)
    points[:, _EARS] = ears[:, None]
    known = np.isfinite(points).all(axis=-1) & seen[:, None]
    for landmark, others in _BESIDE.items():
        points[:, others] = points[:, landmark, None]
    points[~seen] = np.nan
    return TrackedPerson(
        first_frame=0,
        frame_rate_hz=take.frame_rate_hz,
        size_px=camera.size_px,
        points_px=points,
        visibility=known.astype(np.float64),
        presence=seen.astype(np.float64),
        world_m=np.full((count, len(LANDMARKS), 3), np.nan),
        seen=np.where(seen, Seen.FOUND, Seen.EMPTY).astype(np.uint8),
        crops_px=np.full((count, 4), np.nan),
    )


def _chosen_cameras(take: PoseTake) -> Sequence[CorpusCamera]:
    if not take.cameras:
        return cameras_around(take.joints_m)
    step = max(1, -(-len(take.cameras) // _MOST_CAMERAS))
    return take.cameras[::step]


def _judge(take: PoseTake, camera: CorpusCamera, lift: Lift, errors: _Errors) -> None:
    tracked = as_tracked(take, camera)
    seen = tracked.seen == Seen.FOUND
    if seen.sum() < SHORTEST_S * take.frame_rate_hz:
        return
    film = camera.film_camera(take.frame_count)
    lifted = lift(tracked, film)
    true_m = film.to_camera(take.joints_m)
    errors.add(np.asarray(lifted.joints_m, np.float64)[seen], true_m[seen])


def _mean_mm(distances: Sequence[NDArray]) -> float:
    return round(1000.0 * float(np.concatenate(distances).mean()), 2)
