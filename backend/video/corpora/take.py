"""A stretch of recorded pose: fourteen joints over time, whole or filled across short gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.video.points import JOINTS

from .cameras import CorpusCamera

LONGEST_GAP_S: Final = 0.3
"""A person who is gone for longer comes back as another take."""
SHORTEST_S: Final = 1.0
Z_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""What columns in a world with Z up are turned by, so that Y is up."""
_FAR_M: Final = 100.0
"""No room is larger: a number beyond says that the unit is another."""
_SIZE_M: Final = (0.3, 4.0)
"""From the lowest joint to the highest or across: between these is a person."""


@dataclass(frozen=True, eq=False)
class PoseTake:
    """Joints of one person over T frames.

    Args:
        name: of the recording, and of its part.
        subject: who moves.
        frame_rate_hz: frames per second.
        joints_m: (T, 14, 3) in the order of ``points.JOINTS``, world axes, Y up.
        measured: (T,) where the frame was recorded; elsewhere it is filled in.
        cameras: those that filmed it; none where they are not known.
    """

    name: str
    subject: str
    frame_rate_hz: float
    joints_m: Floats
    measured: NDArray[np.bool_]
    cameras: Sequence[CorpusCamera] = ()

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.joints_m)


def whole_takes(
    name: str,
    subject: str,
    frame_rate_hz: float,
    joints_m: Floats,
    cameras: Sequence[CorpusCamera] = (),
) -> Iterator[PoseTake]:
    """Cut a recording where the person is gone, and fill what is missing for a moment.

    Args:
        name, subject, frame_rate_hz, cameras: of the recording.
        joints_m: (T, 14, 3) NaN where a joint is missing: then the frame counts as missing.

    Yields:
        Takes of at least a second.

    Raises:
        InputError: the joints cannot be those of a person in metres.
    """
    there = np.isfinite(joints_m).all(axis=(1, 2))
    _check_size(f"{subject} {name}", joints_m[there])
    for start, stop in _stretches(there, int(LONGEST_GAP_S * frame_rate_hz)):
        if stop - start >= SHORTEST_S * frame_rate_hz:
            part = _filled(joints_m[start:stop], there[start:stop])
            label = name if stop - start == len(joints_m) else f"{name} from {start}"
            yield PoseTake(label, subject, frame_rate_hz, part, there[start:stop], cameras)


def chosen_joints(points: Floats, indices: Sequence[int], neck: Floats, top: Floats) -> Floats:
    """The fourteen joints.

    Args:
        points: (T, P, 3) of a data set.
        indices: of the first twelve joints among them, in the order of ``points.JOINTS``.
        neck, top: (T, 3) the last two.

    Returns:
        (T, 14, 3).
    """
    chosen = points[:, list(indices)]
    return np.concatenate([chosen, neck[:, None], top[:, None]], axis=1)


def shoulder_middle(points: Floats, indices: Sequence[int]) -> Floats:
    """(T, 3) where the neck is, of points and indices as for ``chosen_joints``."""
    pair = [indices[JOINTS.index("LeftArm")], indices[JOINTS.index("RightArm")]]
    return np.asarray(points[:, pair].mean(axis=1))


def _check_size(what: str, joints_m: Floats) -> None:
    if not len(joints_m):
        return
    size = float(np.median(np.ptp(joints_m, axis=1).max(axis=-1)))
    far = float(np.abs(joints_m).max())
    if not (_SIZE_M[0] <= size <= _SIZE_M[1] and far <= _FAR_M):
        raise InputError(
            f"{what}: bodies measure {size:.3g} m and are up to {far:.3g} m away; expected people "
            f"of {_SIZE_M[0]} to {_SIZE_M[1]} m. The file is broken, or in another unit"
        )


def _stretches(there: NDArray[np.bool_], longest_gap: int) -> Iterator[tuple[int, int]]:
    """First frame and the one behind the last, of stretches without a long gap."""
    frames = np.flatnonzero(there)
    if not len(frames):
        return
    breaks = np.flatnonzero(np.diff(frames) > longest_gap + 1)
    starts = [frames[0], *frames[breaks + 1]]
    stops = [*frames[breaks], frames[-1]]
    for start, stop in zip(starts, stops, strict=True):
        yield int(start), int(stop) + 1


def _filled(joints_m: Floats, there: NDArray[np.bool_]) -> Floats:
    """Missing frames by a straight line between those beside them."""
    if there.all():
        return np.asarray(joints_m, np.float64)
    frames, known = np.arange(len(there)), np.flatnonzero(there)
    flat = np.asarray(joints_m, np.float64).reshape(len(there), -1)
    columns = [np.interp(frames, known, column[known]) for column in flat.T]
    return np.stack(columns, axis=1).reshape(joints_m.shape)
