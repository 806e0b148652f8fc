"""One file of a corpus, and what it takes to bring it onto the common skeleton."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip

from .rest_pose import standing

LEAST_FRAMES = 2


@dataclass(frozen=True)
class ClipFile:
    """A BVH file and what its corpus says of it.

    Args:
        path: of the file.
        name: of the clip: the file's without its ending, or with what part of it is meant.
        corpus: key of the corpus, such as 100style.
        label: what is done in it.
        split: train or val.
        same_take_as: name of another clip of the same take; empty for none.
        metres_per_unit: of the file's lengths.
        frame_rate_hz: where the file's own is known to be wrong.
        first, stop: which of its frames are meant; None for up to the end.
    """

    path: Path
    name: str
    corpus: str
    label: str
    split: str
    same_take_as: str = ""
    metres_per_unit: float = 1.0
    frame_rate_hz: float | None = None
    first: int = 0
    stop: int | None = None


def read_clip_file(file: ClipFile, *, stand: bool = True) -> MotionClip:
    """The motion as recorded, in metres, on its own skeleton.

    Args:
        file: which.
        stand: whether a skeleton that rests in no pose is given one to stand in.

    Raises:
        InputError: the file is broken, or shorter than the corpus says.
    """
    clip = read_bvh(file.path, metres_per_unit=file.metres_per_unit)
    kept = slice(file.first, file.stop)
    frames = len(range(*kept.indices(clip.frame_count)))
    if frames < LEAST_FRAMES:
        raise InputError(
            f"expected frames {file.first} to {file.stop or 'the last'}; found "
            f"{clip.frame_count} in all. The file is cut short; fetch it again"
        )
    clip = MotionClip(
        clip.skeleton,
        file.frame_rate_hz or clip.frame_rate_hz,
        clip.root_positions[kept],
        clip.rotations_wxyz[kept],
    )
    return standing(clip) if stand else clip
