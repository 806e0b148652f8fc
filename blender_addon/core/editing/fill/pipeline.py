"""Fill frames between known poses, or joints that are missing, as a person would move.

1. Gaps are found, with what is known around them (spans).
2. Each stretch is brought to the network's own time (timeline) and filled by the cubic (cubic).
3. The network adds its difference, as much of it as it has earned for gaps of that length (model).
4. Only what is missing is written back; everything known stays as it is, to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...jobs import OnProgress, Progress, Runner
from ...maths.rotations import dot
from ...motion.clip import MotionClip
from ..edited import Edited, unmoved
from .checks import check_settings, check_speeds, check_variant, read_known, read_path
from .features import CHANNELS, add_difference, prepare_windows
from .feet import hold_feet
from .lone_keys import smooth_lone_keys
from .model import FillerModel
from .neighbours import find_neighbours
from .path import follow_path
from .settings import FillSettings
from .spans import Span, find_gaps, plan_spans
from .timeline import RATE_HZ, Stretch, resample, sample, steps_of

CONTEXT_STEPS: Final = 12
"""Known frames looked at on either side of a gap, in the network's time."""
LONGEST_STEPS: Final = 62
"""Frames in the longest gaps the network has learned from."""
_LEAST_CONTEXT: Final = 3
_BATCH: Final = 8
_MEETS: Final = 1e-6
NOTHING_MISSING: Final = "nothing is missing, so nothing was filled"


@dataclass(frozen=True, eq=False)
class _Task:
    """A stretch to be filled: where it is, its steps, and what is known of it there."""

    span: Span
    steps: Floats
    stretch: Stretch


class FillPipeline:
    """Fills gaps of a motion.

    Args:
        session: a loaded ``motion_filler`` model.

    Raises:
        ContractError: the model is not made for this.
    """

    def __init__(self, session: Runner) -> None:
        self._model = FillerModel(session)

    def fill(
        self,
        clip: MotionClip,
        known: Bools,
        settings: FillSettings | None = None,
        *,
        path: Floats | None = None,
        variant: int = 0,
        first_frame: int = 0,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """Fill what is missing.

        Args:
            clip: T frames of the common skeleton at any rate; what is missing may be anything.
            known: (T,) which frames are known, or (T, 1 + J): the root's position, then the joints.
            settings: see there; None for the usual ones.
            path: (T, 3) metres, where the hips are to go where they are missing; y is ignored.
            variant: 0 is the likeliest motion, any other number another one.
            first_frame: number that the clip's first frame has for the user, for what is said.
            on_progress: is given 0 … 1 and returns False to cancel.

        Returns:
            The filled clip; values known come back to the bit.

        Raises:
            InputError: too little is known, poses are too far apart for the time, the path
                contradicts a pose, or a setting is out of range.
            Cancelled: ``on_progress`` said so.
        """
        settings = settings or FillSettings()
        check_settings(settings)
        check_variant(variant)
        known = read_known(clip, known, first_frame)
        path = read_path(clip, known, path, first_frame)
        progress = Progress.of(on_progress)
        if known.all():
            return Edited(clip, unmoved(clip), means="nothing", notes=(NOTHING_MISSING,))
        told = check_speeds(clip, known, settings, first_frame, path)
        notes = (*told, *_open_ends(known, first_frame), *_long(clip, known))
        chosen = self._variation(variant, settings.variety)
        half = 0.5 if path is not None else 0.9
        filled = self._fill(clip, known, chosen, progress.part(0.0, half))
        if path is not None:
            filled = follow_path(filled, known, path)
            also = known.copy()
            also[:, 0] = True
            filled = self._fill(filled, also, chosen, progress.part(half, 0.9))
        filled = smooth_lone_keys(filled, known)
        if settings.lock_feet:
            filled = _hold_feet(filled, known, _plan(clip, known))
        progress(1.0)
        return Edited(
            filled,
            unmoved(clip),
            means="in-betweening network upon a cubic with the velocities at both ends",
            notes=notes,
            measures=_measures(clip, known),
        )

    def _variation(self, variant: int, variety: float) -> Floats:
        size = self._model.variation_size
        if variant == 0:
            return np.zeros(size, np.float32)
        drawn = np.random.default_rng(variant).normal(size=size)
        return (variety * drawn).astype(np.float32)

    def _fill(
        self, clip: MotionClip, known: Bools, variation: Floats, progress: Progress
    ) -> MotionClip:
        planned = _plan(clip, known)
        root, rotations = clip.root_positions.copy(), clip.rotations_wxyz.copy()
        done = 0
        for spans in _batches(planned):
            tasks = [_prepare(clip, known, span) for span in spans]
            for task, filled in zip(tasks, self._run(tasks, variation), strict=True):
                _write(root, rotations, known, task, filled)
            done += len(spans)
            progress(done / len(planned))
        return replace(clip, root_positions=root, rotations_wxyz=rotations)

    def _run(self, tasks: Sequence[_Task], variation: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Root positions and rotations of each task, in the network's time."""
        stretches = [task.stretch for task in tasks]
        root, rotations, known, inside = _pad(stretches)
        windows = prepare_windows(root, rotations, known, inside)
        chosen = np.repeat(variation[None], len(tasks), axis=0)
        difference = self._model.differences(windows.features, chosen)
        taken = np.stack(
            [self._taken(k, float(v)) for k, v in zip(known, windows.speeds, strict=True)]
        )
        shape = (*taken.shape, 3)
        difference = difference.reshape(shape) * taken[..., None]
        root, rotations = add_difference(windows, difference.reshape(*taken.shape[:2], -1))
        for n, stretch in enumerate(stretches):
            count = len(stretch.known)
            yield root[n, :count], rotations[n, :count]

    def _taken(self, known: Bools, speed: float) -> Floats:
        """(T, K) share of the answer taken: by the length of each channel's gap."""
        near = find_neighbours(known[None])
        lengths = (near.after - near.before - 1)[0]
        shares = self._model.gains(max(int(lengths.max(initial=0)), 0), speed)
        # A channel known on one side alone comes to rest; nobody knows better.
        both = (near.before[0] >= 0) & (near.after[0] >= 0)
        return np.where(both & (lengths > 0), shares[np.maximum(lengths, 0)], 0.0)


def _plan(clip: MotionClip, known: Bools) -> list[Span]:
    step = clip.frame_rate_hz / RATE_HZ
    context = max(math.ceil(CONTEXT_STEPS * step), _LEAST_CONTEXT)
    return plan_spans(known, context, math.ceil(LONGEST_STEPS * step))


def _hold_feet(filled: MotionClip, known: Bools, spans: Sequence[Span]) -> MotionClip:
    """Stretch by stretch, so that a long capture is not looked at as a whole."""
    rotations = filled.rotations_wxyz.copy()
    for span in spans:
        part = span.part
        stretch = replace(
            filled,
            root_positions=filled.root_positions[part],
            rotations_wxyz=rotations[part],
            contacts=None,
        )
        rotations[part] = hold_feet(stretch, known[part]).rotations_wxyz
    return replace(filled, rotations_wxyz=rotations)


def _batches(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """A few stretches at a time, those of like length together."""
    ordered = sorted(spans, key=lambda span: span.stop - span.first)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]


def _prepare(clip: MotionClip, known: Bools, span: Span) -> _Task:
    part = span.part
    steps = steps_of(known[part], clip.frame_rate_hz)
    stretch = sample(clip.root_positions[part], clip.rotations_wxyz[part], known[part], steps)
    return _Task(span, steps, stretch)


def _pad(stretches: Sequence[Stretch]) -> tuple[Floats, Floats, Bools, Bools]:
    """Stretches as windows of one length: the shorter ones hold their last pose, unseen."""
    longest = max(len(each.known) for each in stretches)
    last = [np.minimum(np.arange(longest), len(each.known) - 1) for each in stretches]
    inside = np.stack([np.arange(longest) < len(each.known) for each in stretches])
    root = np.stack([each.root_positions[n] for each, n in zip(stretches, last, strict=True)])
    turns = np.stack([each.rotations_wxyz[n] for each, n in zip(stretches, last, strict=True)])
    known = np.stack([each.known[n] for each, n in zip(stretches, last, strict=True)])
    return root, turns, known & inside[..., None], inside


def _write(
    root: Floats,
    rotations: Floats,
    known: Bools,
    task: _Task,
    filled: tuple[Floats, Floats],
) -> None:
    """What is missing of a clip, in place."""
    span, frames = task.span, task.span.stop - task.span.first
    places, turns = (resample(each, task.steps, frames) for each in filled)
    places, turns = _meet_ends(root, rotations, known, span, places, turns)
    kept = slice(span.kept_first - span.first, span.kept_stop - span.first)
    target = slice(span.kept_first, span.kept_stop)
    missing = ~known[target]
    root[target] = np.where(missing[:, :1], places[kept], root[target])
    rotations[target] = np.where(missing[:, 1:, None], turns[kept], rotations[target])


def _meet_ends(
    root: Floats, rotations: Floats, known: Bools, span: Span, places: Floats, turns: Floats
) -> tuple[Floats, Floats]:
    """Where a known frame lies between two steps, what is filled is moved to meet it."""
    part = span.part
    near = find_neighbours(known[None, part])
    signs = np.where(dot(turns, rotations[part])[..., None] < 0, -1.0, 1.0).astype(np.float32)
    off_root = (root[part] - places)[:, None]
    off_turns = rotations[part] - signs * turns
    if not (_at_known(off_root, known[part, :1]) or _at_known(off_turns, known[part, 1:])):
        return places, turns
    length = np.maximum(near.after - near.before, 1)[0, ..., None]
    share = np.clip(near.since[0, ..., None] / length, 0.0, 1.0)
    ease = (share * share * (3 - 2 * share)).astype(np.float32)

    def moved(off: Floats, channels: slice) -> Floats:
        before, after = near.before[0, :, channels], near.after[0, :, channels]
        start = np.take_along_axis(off, np.maximum(before, 0)[..., None], axis=0)
        end = np.take_along_axis(off, np.maximum(after, 0)[..., None], axis=0)
        start = np.where((before >= 0)[..., None], start, end)
        end = np.where((after >= 0)[..., None], end, start)
        return np.asarray(start + ease[:, channels] * (end - start))

    turned = signs * turns + moved(off_turns, slice(1, None))
    return places + moved(off_root, slice(0, 1))[:, 0], _unit(turned)


def _at_known(off: Floats, known: Bools) -> bool:
    return bool((np.abs(off) * known[..., None] > _MEETS).any())


def _unit(rotations: Floats) -> Floats:
    return np.asarray(rotations / np.linalg.norm(rotations, axis=-1, keepdims=True), np.float32)


def _open_ends(known: Bools, first_frame: int) -> tuple[str, ...]:
    """What is said of gaps with nothing on one side."""
    said = []
    for start, stop in find_gaps(known):
        if start == 0:
            said.append(
                f"Nothing is known before frame {first_frame + stop}: the pose there is led into"
            )
        elif stop == len(known):
            last = first_frame + start - 1
            said.append(f"Nothing is known after frame {last}: the motion comes to rest")
    return tuple(said)


def _long(clip: MotionClip, known: Bools) -> tuple[str, ...]:
    seconds = _longest(known) / clip.frame_rate_hz
    if seconds * RATE_HZ <= LONGEST_STEPS + 0.5:
        return ()
    told = f"A gap is {seconds:.1f} s long; the network has learned {LONGEST_STEPS / RATE_HZ:.1f} s"
    return (f"{told}, so set a key in between for a livelier motion",)


def _longest(known: Bools) -> int:
    return max(
        (b - a for n in range(CHANNELS) for a, b in find_gaps(known[:, n : n + 1])), default=0
    )


def _measures(clip: MotionClip, known: Bools) -> dict[str, float]:
    return {
        "gaps": float(len(find_gaps(known))),
        "filled_frames": float((~known.all(axis=1)).sum()),
        "longest_gap_s": _longest(known) / clip.frame_rate_hz,
    }
