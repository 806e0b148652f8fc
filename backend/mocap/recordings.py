"""Recordings to learn from: clips of the common skeleton at 30 Hz, by label and split.

Captured motion and a few animators' loops, each turned into one clip on its own floor. Knees stay
as they were recorded: an edit is to keep the posture it is given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import Progress

from backend.mocap.common_clips import foot_positions
from backend.mocap.corpora.clip_file import ClipFile, read_clip_file
from backend.mocap.corpora.known import find_clip_files
from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import InputError, NeuralMotionError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, PLANTED_HEIGHTS_M
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import planted_toe_heights, retarget_clip

RATE_HZ: Final = 30.0
_LOWEST_PERCENT: Final = 8
_TEXTS: Final = ("name", "folder", "label", "split", "same_take_as")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Recording:
    """A clip to learn from or to be judged by.

    Args:
        name: of the file, without its ending.
        folder: key of the corpus, such as cmu.
        label: walk, dance, stand …
        split: train or val.
        same_take_as: name of another clip of the same take; empty for none.
        clip: on the common skeleton, feet on y = 0; at 30 Hz unless prepared otherwise.
    """

    name: str
    folder: str
    label: str
    split: str
    same_take_as: str
    clip: MotionClip


def read_recording(path: Path, rate_hz: float = RATE_HZ) -> MotionClip:
    """A BVH file in metres, Y up, as a clip of the common skeleton on its floor.

    Args:
        path: of the file.
        rate_hz: of the clip.

    Raises:
        InputError: the file cannot be read, or is no person's.
    """
    return to_common(read_bvh(path), rate_hz)


def to_common(clip: MotionClip, rate_hz: float = RATE_HZ) -> MotionClip:
    """A motion on the common skeleton, its floor at y = 0.

    Args:
        clip: of a person who stands at rest, metres, Y up.
        rate_hz: of the result.

    Raises:
        InputError: it is no person's.
    """
    heights = planted_toe_heights(clip)
    common = retarget_clip(clip, COMMON_SKELETON, planted_toe_heights_m=heights)
    common = resample_clip(common, rate_hz)
    lowest = np.percentile(foot_positions(common)[..., 1], _LOWEST_PERCENT, axis=0)
    shift = np.array([0, np.median(lowest - PLANTED_HEIGHTS_M), 0], np.float32)
    return replace(common, root_positions=common.root_positions - shift)


def prepare_recordings(
    data: Path, out: Path, workers: int = 2, rate_hz: float = RATE_HZ
) -> list[Recording]:
    """Read all recordings that may be learned from and keep them in one file.

    Args:
        data: a folder of recordings in any layout that ``find_clip_files`` knows.
        out: the file, ``.npz``.
        workers: processes that read.
        rate_hz: of the clips.

    Raises:
        InputError: there is no recording, or none can be used.
    """
    found = read_clips(find_clip_files(data), workers, rate_hz)
    write_recordings(found, out)
    return found


def read_clips(
    files: Sequence[ClipFile],
    workers: int = 1,
    rate_hz: float = RATE_HZ,
    read: Callable[[ClipFile], MotionClip] = read_clip_file,
) -> list[Recording]:
    """Clips of files on the common skeleton; a file that cannot be used is named and left out.

    Args:
        files: of any corpora.
        workers: processes that read; 1 for none beside this one.
        rate_hz: of the clips.
        read: gives a file's motion on its own skeleton.

    Raises:
        InputError: none can be used.
    """
    one = partial(_read, rate_hz=rate_hz, read=read)
    with _pool(workers) as run, Progress(transient=True) as progress:
        bar = progress.add_task("Reading", total=len(files))
        found = []
        for file, clip in zip(files, run(one, files), strict=True):
            progress.advance(bar)
            if clip is not None:
                found.append(
                    Recording(
                        file.name, file.corpus, file.label, file.split, file.same_take_as, clip
                    )
                )
    if not found:
        raise InputError(
            f"none of {len(files)} files can be used; what is wrong with each is said above"
        )
    return found


@contextmanager
def _pool(workers: int) -> Iterator[Callable[..., Iterable[MotionClip | None]]]:
    """What applies a function to many: here, or in processes, which are stopped on the way out."""
    if workers <= 1:
        yield map
        return
    with ProcessPoolExecutor(workers) as pool:
        yield partial(pool.map, chunksize=8)


def _read(
    file: ClipFile, rate_hz: float, read: Callable[[ClipFile], MotionClip]
) -> MotionClip | None:
    try:
        return to_common(read(file), rate_hz)
    except (NeuralMotionError, OSError) as error:
        _log.warning("%s is left out: %s", file.path, error)
        return None


def write_recordings(recordings: Sequence[Recording], out: Path) -> None:
    """Keep recordings in one file, as ``load_recordings`` reads it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {
        key: np.array([getattr(each, key) for each in recordings]) for key in _TEXTS
    }
    arrays["rate_hz"] = np.array([each.clip.frame_rate_hz for each in recordings])
    arrays["frames"] = np.array([each.clip.frame_count for each in recordings])
    arrays["root_positions"] = np.concatenate([r.clip.root_positions for r in recordings])
    arrays["rotations_wxyz"] = np.concatenate([r.clip.rotations_wxyz for r in recordings])
    np.savez_compressed(out, **arrays)


def load_recordings(
    path: Path, split: str | None = None, labels: Collection[str] = ()
) -> list[Recording]:
    """Recordings that ``prepare_recordings`` kept.

    Args:
        path: of the file.
        split: train or val; None for both.
        labels: of which one is desired; empty for all.

    Raises:
        InputError: there is no such file.
    """
    if not path.is_file():
        raise InputError(f"there is no {path}; make it with 'backend prepare editing'")
    with np.load(path, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    ends = np.cumsum(arrays["frames"])
    rates = arrays.get("rate_hz", np.full(len(ends), RATE_HZ))
    found = []
    for n, (end, count) in enumerate(zip(ends, arrays["frames"], strict=True)):
        part = slice(end - count, end)
        clip = MotionClip(
            COMMON_SKELETON,
            float(rates[n]),
            arrays["root_positions"][part],
            arrays["rotations_wxyz"][part],
        )
        name, folder, label, split_of, same = (str(arrays[key][n]) for key in _TEXTS)
        found.append(Recording(name, folder, label, split_of, same, clip))
    return [
        each
        for each in found
        if split in (None, each.split) and (not labels or each.label in labels)
    ]
