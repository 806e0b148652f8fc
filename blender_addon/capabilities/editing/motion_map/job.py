"""From motions that were read to a map: no Blender data, so any thread runs it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from ....core.conventions import Floats
from ....core.errors import REPORTED, Cancelled, InputError, in_words
from ....core.inference.choice import ModelChoice
from ....core.jobs import OnProgress, Outcome, Progress, RanModel
from ....core.motion.clip import MotionClip
from ....core.motion.common_skeleton import COMMON_SKELETON
from .cache import WindowCache
from .data import ClipPlace, FileWindows, MotionMap, ReadClip, label_of
from .layout import unit_square
from .reading import FileToMap

if TYPE_CHECKING:
    from ....core.editing.map.pipeline import MapWindows

ENCODER_TASK: Final = "motion_prior"
MOST_WINDOWS: Final = 1100
"""In one picture; of more, every second, third … of each clip is left out."""
_LEAST_WINDOWS: Final = 4
_READING, _ENCODING = 0.4, 0.6
"""How far the job is once all is read, and once all is encoded."""


class Encoder(Protocol):
    """What gives the windows of clips: ``core.editing.map``'s pipeline."""

    def latents(
        self, clips: Sequence[MotionClip], on_progress: OnProgress | None = None
    ) -> MapWindows: ...


class Flattener(Protocol):
    """What lays latents (W, D) into a plane (W, 2): ``core.editing.map``'s t-SNE."""

    def __call__(
        self, latents: Floats, *, seed: int = 0, on_progress: OnProgress | None = None
    ) -> Floats: ...


@dataclass(frozen=True, eq=False)
class MapJob:
    """Everything that a map needs; holds no Blender data.

    Args:
        files: what was read.
        folder: that was looked through; None for the open file.
        seed: of the picture.
        models: where the models lie and how to run them.
        cache: where windows are kept; None for nowhere.
        notes: what could not be read.
    """

    files: Sequence[FileToMap]
    folder: Path | None = None
    seed: int = 0
    models: ModelChoice = field(default_factory=ModelChoice)
    cache: WindowCache | None = None
    notes: tuple[str, ...] = ()

    def run(
        self,
        on_progress: Progress | OnProgress | None = None,
        *,
        encoder: Encoder | None = None,
        flatten: Flattener | None = None,
    ) -> Outcome[MotionMap]:
        """Make the map.

        Args:
            on_progress: given how much is done; may cancel.
            encoder, flatten: others than those of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: there is too little motion, or the model cannot be used.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if encoder is None:
            encoder, models = _open(self.models, progress)
        if flatten is None:
            from ....core.editing.map.tsne import tsne

            flatten = tsne
        found, notes = self._windows(encoder, progress.part(0.0, _ENCODING))
        whole = thinned(joined(found), MOST_WINDOWS)
        if len(whole.latents) < _LEAST_WINDOWS:
            raise InputError(
                f"there are only {len(whole.latents)} stretches of 2 s, at least "
                f"{_LEAST_WINDOWS} make a map. Choose more or longer motions"
            )
        points = flatten(whole.latents, seed=self.seed, on_progress=progress.part(_ENCODING, 1.0))
        progress(1.0)
        notes = [*self.notes, *notes, *_left_out(whole)]
        made = MotionMap(
            whole.places, unit_square(points), whole.clip_index, whole.start_s, tuple(notes)
        )
        return Outcome(made, models, time.perf_counter() - started)

    def _windows(self, encoder: Encoder, progress: Progress) -> tuple[list[FileWindows], list[str]]:
        found, notes, count = [], list[str](), len(self.files)
        for n, each in enumerate(self.files):
            part = progress.part(n / count, (n + 1) / count)
            part(0.0)
            if each.windows is not None:
                found.append(each.windows)
                continue
            try:
                windows = _encoded(self._clips(each), encoder, part)
            except Cancelled:
                raise
            except REPORTED as error:
                if each.path is None:
                    raise
                notes.append(f"{each.path.name} is left out: {in_words(error)}")
                continue
            found.append(windows)
            if self.cache is not None and each.key:
                self.cache.keep(each.key, windows)
        return found, notes

    def _clips(self, each: FileToMap) -> Sequence[ReadClip]:
        if each.path is None or each.path.suffix.lower() != ".bvh":
            return each.clips
        return [_read_bvh(each.path, self.folder)]


def _open(models: ModelChoice, progress: Progress) -> tuple[Encoder, tuple[RanModel, ...]]:
    from ....core.editing.map.pipeline import MapPipeline
    from ....core.inference.opening import open_models
    from ....core.inference.session import CancellableSession

    session = open_models([ENCODER_TASK], models)[0]
    return MapPipeline(CancellableSession(session, progress.cancellation)), (session.ran,)


def _read_bvh(path: Path, folder: Path | None) -> ReadClip:
    """A motion file in metres, Y up.

    Raises:
        InputError: it cannot be read.
    """
    from ....core.bvh import read_bvh
    from ....core.bvh.conventions import guess_metres_per_unit, scaled_clip, with_y_up

    clip = with_y_up(read_bvh(path))
    clip = scaled_clip(clip, guess_metres_per_unit(clip.skeleton))
    label = label_of(path.stem, path, folder)
    place = ClipPlace(path.stem, str(path), 1.0, clip.frame_rate_hz, label)
    return ReadClip(place, clip, joints_of_skeleton(clip))


def joints_of_skeleton(clip: MotionClip) -> dict[str, str]:
    """Joints of a motion file by the common names, whatever program they are named by.

    Raises:
        SkeletonError: it is no character's.
    """
    from ....core.errors import SkeletonError
    from ....core.retarget.joint_map import find_joints
    from ....core.retarget.joint_tree import JointTree
    from ....core.retarget.joint_words import words_for

    skeleton = clip.skeleton
    heads = skeleton.rest_positions()
    tails = heads.copy()
    for child, parent in enumerate(skeleton.parents):
        if parent >= 0:
            tails[parent] = heads[child]
    for name, end in skeleton.ends.items():
        tails[skeleton.index(name)] = heads[skeleton.index(name)] + np.array(end, np.float32)
    found = find_joints(JointTree(skeleton.names, skeleton.parents.tolist(), heads, tails))
    if found.missing:
        missing = ", ".join(map(words_for, found.missing))
        raise SkeletonError(f"it is no motion of a person: nothing found for {missing}")
    return dict(found.bones)


def _encoded(clips: Sequence[ReadClip], encoder: Encoder, progress: Progress) -> FileWindows:
    from ....core.retarget.clip import retarget_clip

    if not clips:
        return FileWindows.none()
    common = []
    for n, each in enumerate(clips):
        progress(_READING * n / len(clips))
        common.append(retarget_clip(each.clip, COMMON_SKELETON, each.joint_map))
    windows = encoder.latents(common, progress.part(_READING, 1.0))
    rates = np.array([each.frame_rate_hz for each in common], np.float32)
    index = np.asarray(windows.clip_index, np.int64)
    start_s = np.asarray(windows.start_frame, np.float32) / rates[index]
    places = tuple(each.place for each in clips)
    return FileWindows(places, np.asarray(windows.latents, np.float32), index, start_s)


def joined(found: Sequence[FileWindows]) -> FileWindows:
    """The windows of several files as one."""
    with_any = [each for each in found if len(each.latents)]
    if not with_any:
        return FileWindows.none()
    counts = np.cumsum([0, *(len(each.places) for each in with_any)])[:-1]
    return FileWindows(
        tuple(place for each in with_any for place in each.places),
        np.concatenate([each.latents for each in with_any]),
        np.concatenate([e.clip_index + n for e, n in zip(with_any, counts, strict=True)]),
        np.concatenate([each.start_s for each in with_any]),
    )


def thinned(whole: FileWindows, most: int) -> FileWindows:
    """Every so many windows of each clip, so that there are no more than so many.

    One of each at least; of more clips than that only some, evenly.
    """
    every, longest = 1, int(np.bincount(whole.clip_index).max(initial=1))
    while _kept(whole, every).sum() > most and every < longest:
        every += 1
    kept = _kept(whole, every)
    if kept.sum() > most:  # even one of each clip is too many
        of_each = np.flatnonzero(kept)
        kept[:] = False
        kept[of_each[np.linspace(0, len(of_each) - 1, most).astype(np.int64)]] = True
    return replace(
        whole, latents=whole.latents[kept], clip_index=whole.clip_index[kept],
        start_s=whole.start_s[kept],
    )  # fmt: skip


def _left_out(whole: FileWindows) -> list[str]:
    """What is said where not every clip has a window in the picture."""
    count = len(whole.places)
    gone = count - len(np.unique(whole.clip_index))
    if not gone:
        return []
    return [f"{gone} of {count} motions are left out: a map has {MOST_WINDOWS} stretches at most"]


def _kept(whole: FileWindows, every: int) -> np.ndarray:
    index = whole.clip_index
    begins = np.flatnonzero(np.diff(index, prepend=-1))
    within = np.arange(len(index)) - begins[np.cumsum(np.diff(index, prepend=-1) != 0) - 1]
    return np.asarray(within % every == 0)
