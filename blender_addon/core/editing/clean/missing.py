"""What a capture lacks: values that are no numbers, and those a user marks."""

from __future__ import annotations

import numpy as np

from ...conventions import Bools, Floats
from ...errors import ClipError
from ...motion.clip import MotionClip
from ...motion.skeleton import Skeleton


def finite_clip(
    skeleton: Skeleton, frame_rate_hz: float, root_positions: Floats, rotations_wxyz: Floats
) -> tuple[MotionClip, Bools]:
    """A clip of values of which some may be no numbers, and where those are.

    Args:
        skeleton: J joints.
        frame_rate_hz: frames per second.
        root_positions: (T, 3) metres.
        rotations_wxyz: (T, J, 4); a quaternion without length is missing as well.

    Returns:
        The clip, with rest where something is missing, and (T, 1 + J) what is missing: the root's
        position, then the joints.

    Raises:
        ClipError: the shapes disagree.
    """
    root, turns = np.array(root_positions, np.float32), np.array(rotations_wxyz, np.float32)
    if turns.ndim != 3 or turns.shape[2] != 4 or root.shape != (len(turns), 3):
        raise ClipError(
            f"expected root positions (T, 3) and rotations (T, J, 4); found {root.shape} and "
            f"{turns.shape}"
        )
    lost_root = ~np.isfinite(root).all(axis=-1)
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.square(turns).sum(axis=-1)
    lost = ~np.isfinite(size) | (size < 1e-6)
    root[lost_root] = 0.0
    turns[lost] = (1.0, 0.0, 0.0, 0.0)
    missing = np.concatenate((lost_root[:, None], lost), axis=1)
    return MotionClip(skeleton, frame_rate_hz, root, turns), missing


def checked_missing(clip: MotionClip, missing: Bools | None) -> Bools:
    """(T, 1 + J) what is missing, as a user gave it.

    Raises:
        ClipError: it does not fit the clip.
    """
    shape = (clip.frame_count, 1 + clip.skeleton.joint_count)
    if missing is None:
        return np.zeros(shape, bool)
    flags = np.asarray(missing, bool)
    if flags.shape != shape:
        raise ClipError(
            f"expected what is missing as {shape}, the root's position and then the joints; found "
            f"{flags.shape}"
        )
    return flags
