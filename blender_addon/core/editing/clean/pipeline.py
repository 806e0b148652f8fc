"""Clean a capture: spikes, missing joints, jitter, sliding feet.

1. What is missing is known, or found: joints that hold one value in the middle of a motion.
2. Spikes are masked, and jitter is smoothed as strongly as it is measured (repair).
3. Longer holes are filled by the in-betweening network, or by a cubic without it.
4. A network betters what was smoothed and bridged (cleaner); elsewhere it has no say.
5. Feet that slide are held (slides).

A long capture goes through in blocks. What nothing was found in comes back to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from ...conventions import Bools, Floats
from ...errors import ClipError, InputError, SkeletonError
from ...feet.contacts import spans
from ...jobs import OnProgress, Progress, Runner
from ...maths.rotations import make_continuous
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...settings import declared
from ..edited import Edited, unmoved
from ..fill.settings import FillSettings
from .blocks import Block, blocks_of, write_block
from .cleaner import CleanerModel
from .frozen import find_frozen
from .layout import gates
from .marks import Found
from .missing import checked_missing
from .repair import repair
from .settings import CleanSettings
from .slides import Slide, find_slides, hold_feet
from .tracks import ROOT, distances, tracks_of, with_tracks

_SHORT_S: Final = 0.14
"""Shorter holes need no network: the cubic is as good."""
_CONTEXT_S: Final = 1.5
_FILL: Final = FillSettings(top_speed_m_s=100.0)
"""What was captured happened, however fast."""


class Filler(Protocol):
    """What fills holes: a FillPipeline, or anything like it."""

    def fill(
        self,
        clip: MotionClip,
        known: Bools,
        settings: FillSettings | None = None,
        *,
        path: Floats | None = None,
        variant: int = 0,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """Fill what is not known."""
        ...


@dataclass(eq=False)
class _Work:
    """A capture under way: all arrays are the whole clip's, and changed in place."""

    clip: MotionClip
    given: Bools
    captured: Floats
    tracks: Floats
    known: Bools
    spikes: Bools
    frozen: Bools
    noise: Floats
    filled: Bools
    slides: list[Slide]
    notes: list[str]

    @property
    def rate_hz(self) -> float:
        """Frames per second."""
        return self.clip.frame_rate_hz


class CleanPipeline:
    """Cleans captured motion.

    Args:
        filler: fills longer holes; None leaves them to a cubic.
        cleaner: a loaded ``motion_cleaner``; None leaves the robust filter alone.

    Raises:
        ContractError: the model is not made for this.
    """

    def __init__(self, filler: Filler | None = None, cleaner: Runner | None = None) -> None:
        self._filler = filler
        self._cleaner = CleanerModel(cleaner) if cleaner is not None else None

    def clean(
        self,
        clip: MotionClip,
        settings: CleanSettings | None = None,
        *,
        missing: Bools | None = None,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """Clean a capture.

        Args:
            clip: of the common skeleton, at any rate; what is missing may be anything, but finite
                (see ``finite_clip``).
            settings: see there; None for the usual ones.
            missing: (T, 1 + J) what is missing: the root's position, then the joints.
            on_progress: is given 0 … 1 and returns False to cancel.

        Returns:
            The cleaned clip, with a marker at each place that was touched.

        Raises:
            InputError: the clip has other joints, what is missing does not fit it, or a setting is
                out of range.
            Cancelled: ``on_progress`` said so.
        """
        settings = settings or CleanSettings()
        work = _begin(clip, settings, missing)
        progress = Progress.of(on_progress)
        _in_blocks(work, lambda block: _repair(work, block, settings), progress.part(0.0, 0.5))
        if settings.fill_missing:
            self._fill(work, progress.part(0.5, 0.7))
        else:
            _leave_missing(work)
        if self._cleaner is not None:
            cleaner = self._cleaner
            _in_blocks(work, lambda block: _better(work, block, cleaner), progress.part(0.7, 0.9))
        if settings.lock_feet:
            least_m = settings.slide_m
            _in_blocks(work, lambda block: _hold(work, block, least_m), progress.part(0.9, 1.0))
        progress(1.0)
        return _finish(work, self._means())

    def _fill(self, work: _Work, progress: Progress) -> None:
        """Fill holes that are too long for the cubic, those near one another together."""
        shortest = max(round(_SHORT_S * work.rate_hz), 2)
        holes = long_holes(work.known, shortest)
        if self._filler is None or not holes.any():
            return
        context = max(round(_CONTEXT_S * work.rate_hz), 4)
        stretches = list(_stretches(holes.any(axis=1), context))
        for n, (first, stop) in enumerate(stretches):
            part = slice(first, stop)
            part_progress = progress.part(n / len(stretches), (n + 1) / len(stretches))
            self._fill_stretch(work, part, holes[part], part_progress)

    def _fill_stretch(self, work: _Work, part: slice, holes: Bools, progress: Progress) -> None:
        tracks = work.tracks[part]
        clip = MotionClip(
            work.clip.skeleton, work.rate_hz, tracks[:, ROOT, :3], tracks[:, ROOT + 1 :]
        )
        # A track of which nothing is known around there is left to the cubic.
        holes = holes & ~holes.all(axis=0)
        if not holes.any() or self._filler is None:
            return
        try:
            filled = self._filler.fill(clip, ~holes, _FILL, on_progress=progress).clip
        except InputError as error:
            seconds = part.start / work.rate_hz
            work.notes.append(f"the hole at {seconds:.1f} s is bridged by a cubic: {error}")
            return
        made = tracks_of(filled)
        near = np.sum(made * tracks, axis=-1, keepdims=True) < 0.0
        near[:, ROOT] = False
        work.filled[part] |= holes
        work.tracks[part] = np.where(holes[..., None], np.where(near, -made, made), tracks)

    def _means(self) -> str:
        means = ["robust filter"]
        means += ["in-betweening network in holes"] if self._filler is not None else []
        means += ["network for what was smoothed"] if self._cleaner is not None else []
        return ", ".join(means)


def long_holes(known: Bools, shortest: int) -> Bools:
    """(T, C) what is not known for at least so many frames."""
    longer = np.zeros(known.shape, bool)
    for track in np.flatnonzero(~known.all(axis=0)):
        edges = np.flatnonzero(np.diff(np.concatenate(([True], known[:, track], [True]))))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            longer[start:stop, track] = stop - start >= shortest
    return longer


def _begin(clip: MotionClip, settings: CleanSettings, missing: Bools | None) -> _Work:
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise SkeletonError(
            f"expected the {COMMON_SKELETON.joint_count} joints of the common skeleton; found "
            f"{clip.skeleton.joint_count}; retarget the clip first"
        )
    for each in declared(settings):
        if not isinstance(each.default, bool):
            each.check(getattr(settings, each.field))
    lost = checked_missing(clip, missing)
    if lost.all():
        raise ClipError("every joint is marked as missing in every frame; mark less")
    captured = tracks_of(clip)
    flags = np.zeros(lost.shape, bool)
    notes = [
        f"{_name(track)} is missing in every frame and stays as it is"
        for track in np.flatnonzero(lost.all(axis=0))
    ]
    noise = np.zeros(lost.shape, np.float32)
    tracks, known = captured.copy(), ~lost
    filled = flags.copy()
    return _Work(
        clip, ~lost, captured, tracks, known, flags, flags.copy(), noise, filled, [], notes
    )


def _name(track: int) -> str:
    return "the hips' position" if track == ROOT else COMMON_SKELETON.names[track - 1]


def _stretches(holes: Bools, context: int) -> list[tuple[int, int]]:
    """Stretches of frames around holes (T,), those apart that do not see each other."""
    found: list[tuple[int, int]] = []
    for start, stop in spans(holes):
        first, last = max(start - context, 0), min(stop + context, len(holes))
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _in_blocks(work: _Work, step: Callable[[Block], Floats], progress: Progress) -> None:
    """Do a step block by block; each gives back the tracks that it sees."""
    made = work.tracks.copy()
    before: Floats | None = None
    for block in blocks_of(work.clip.frame_count, work.rate_hz):
        before = write_block(made, step(block), block, before)
        progress(block.share)
    made[:, ROOT + 1 :] = make_continuous(made[:, ROOT + 1 :])
    work.tracks = made


def _repair(work: _Work, block: Block, settings: CleanSettings) -> Floats:
    tracks, known = work.captured[block.seen], work.given[block.seen]
    frozen = np.zeros(known.shape, bool)
    if settings.find_missing:
        frozen = find_frozen(tracks, known, work.rate_hz)
    repaired = repair(
        tracks,
        known & ~frozen,
        work.rate_hz,
        work.clip.skeleton,
        strength=settings.strength,
        sensitivity=settings.spikes,
    )
    for whole, part in (
        (work.known, repaired.known),
        (work.spikes, repaired.spikes),
        (work.frozen, frozen),
        (work.noise, repaired.noise),
    ):
        whole[block.own] = part[block.inner]
    return repaired.tracks


def _better(work: _Work, block: Block, cleaner: CleanerModel) -> Floats:
    seen = block.seen
    # What the filler made is better than what this network would make of it.
    gate = gates(work.known[seen] | work.filled[seen], work.noise[seen])
    return cleaner.better(
        work.tracks[seen],
        work.captured[seen],
        work.known[seen],
        work.noise[seen],
        gate,
        work.rate_hz,
    )


def _hold(work: _Work, block: Block, least_m: float) -> Floats:
    tracks = work.tracks[block.seen]
    slides = find_slides(tracks, work.rate_hz, work.clip.skeleton, least_m)
    for each in slides:
        at = each.start + block.first
        if block.own_first <= at < block.own_stop:
            work.slides.append(replace(each, start=at, stop=each.stop + block.first))
    return hold_feet(tracks, slides, work.rate_hz, work.clip.skeleton)


def _leave_missing(work: _Work) -> None:
    """Put back what was captured where it is missing; spikes are bridged all the same."""
    gone = ~work.known & ~work.spikes
    work.tracks[gone] = work.captured[gone]
    work.known |= gone


def _mean_change_deg(made: Floats, captured: Floats) -> float:
    near = np.where(np.sum(made * captured, axis=-1, keepdims=True) < 0.0, -made, made)
    return float(np.rad2deg(distances(near, captured)[:, ROOT + 1 :].mean()))


def _finish(work: _Work, means: str) -> Edited:
    # A quaternion and its negative are one rotation: what only changed its sign is as it was.
    made, captured = work.tracks, work.captured
    changed = ~((made == captured).all(axis=-1) | (made == -captured).all(axis=-1))
    clip = with_tracks(work.clip, work.tracks, changed)
    found = Found(
        work.clip.skeleton.names, work.rate_hz, ~work.given, work.frozen, work.spikes, work.noise,
        tuple(work.slides),
    )  # fmt: skip
    measures = {
        **found.measures(),
        "changed_percent": 100.0 * float(changed.mean()),
        "mean_change_deg": _mean_change_deg(made, captured),
    }
    notes = (*work.notes, *found.notes())
    return Edited(
        clip, unmoved(clip), markers=found.markers(), means=means, notes=notes, measures=measures
    )
