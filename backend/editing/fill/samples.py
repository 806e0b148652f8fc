"""Random windows of recordings with something missing, as the filler learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.mocap.common_clips import foot_positions
from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.feet.contacts import detect_contacts
from blender_addon.core.maths.rotations import make_continuous, normalise
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.mirror import mirror_clip

CHANNELS: Final = 1 + COMMON_SKELETON.joint_count
BEFORE: Final = 10
AFTER: Final = 10
SPEED: Final = 0.15
"""How much faster or slower a window may be played."""
LABEL_WEIGHTS: Final[Mapping[str, float]] = {"walk": 2.6, "jump": 1.4, "run": 1.3, "stand": 1.2}
LENGTHS: Final = ((3, 8), (9, 18), (19, 34), (35, 62))
"""Classes of gaps, in frames: a batch holds gaps of one class."""
LENGTH_SHARES: Final = (0.14, 0.28, 0.26, 0.32)
_ONE_BEFORE: Final = 0.15
_LIMBS: Final = (
    ("LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"),
    ("RightShoulder", "RightArm", "RightForeArm", "RightHand"),
    ("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe"),
    ("RightUpLeg", "RightLeg", "RightFoot", "RightToe"),
    ("Spine", "Spine1", "Spine2", "Neck", "Head"),
    ("Hips",),
)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Recordings end to end, and their mirror images.

    Args:
        root_positions: (2, N, 3) as recorded, mirrored.
        rotations_wxyz: (2, N, J, 4), never jumping between q and −q within a clip.
        contacts: (2, N, 4).
        starts, counts, labels: (R,) of each recording; labels are indices into ``names``.
        names: of the labels.
    """

    root_positions: Floats
    rotations_wxyz: Floats
    contacts: Bools
    starts: Ints
    counts: Ints
    labels: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Samples:
    """Windows of true motion and what of it is known.

    Args:
        root_positions: (B, T, 3) metres.
        rotations_wxyz: (B, T, J, 4).
        contacts: (B, T, 4).
        known: (B, T, 1 + J).
        inside: (B, T) false beyond the ends of a shorter window.
        gaps: (B,) frames of the longest stretch missing.
        labels: (B,) as in the corpus.
        kinds: (B,) what is missing: see ``KINDS``.
    """

    root_positions: Floats
    rotations_wxyz: Floats
    contacts: Bools
    known: Bools
    inside: Bools
    gaps: Ints
    labels: Ints
    kinds: Ints


KINDS: Final = ("one after", "some after", "open", "sparse keys", "limb", "joints", "parts", "path")
KIND_SHARES: Final = (0.26, 0.42, 0.03, 0.07, 0.1, 0.04, 0.04, 0.04)


def build_corpus(recordings: Sequence[Recording], least_frames: int = 24) -> Corpus:
    """Recordings of at least some frames, and their mirror images."""
    used = [each for each in recordings if each.clip.frame_count >= least_frames]
    names = tuple(sorted({each.label for each in used}))
    sides: list[list[tuple[Floats, Floats, Bools]]] = [[], []]
    for each in used:
        for side, clip in zip(sides, (each.clip, mirror_clip(each.clip)), strict=True):
            feet = foot_positions(clip)
            contacts = detect_contacts(feet, np.zeros(feet.shape[:2]), clip.frame_rate_hz)
            side.append((clip.root_positions, make_continuous(clip.rotations_wxyz), contacts))
    root, rotations, contacts = (
        np.stack([np.concatenate([part[n] for part in side]) for side in sides]) for n in range(3)
    )
    counts = np.array([each.clip.frame_count for each in used])
    labels = np.array([names.index(each.label) for each in used])
    starts = np.cumsum(counts) - counts
    return Corpus(root, rotations, contacts, starts, counts, labels, names)


def cut(
    corpus: Corpus, clips: Ints, starts: Floats, speeds: Floats, mirrored: Ints, frames: int
) -> tuple[Floats, Floats, Bools]:
    """Windows (B, T) from fractional starts, played at a speed.

    Args:
        corpus: where from.
        clips: (B,) which recordings.
        starts: (B,) first frame of each, within its recording.
        speeds: (B,) frames of the recording in a frame of the window.
        mirrored: (B,) 0 or 1.
        frames: T.
    """
    at = starts[:, None] + speeds[:, None] * np.arange(frames)
    at = np.minimum(at, corpus.counts[clips, None] - 1) + corpus.starts[clips, None]
    low = np.floor(at).astype(np.int64)
    last = (corpus.starts + corpus.counts - 1)[clips, None]
    high, share = np.minimum(low + 1, last), (at - low).astype(np.float32)
    side = mirrored[:, None]
    root, turns = corpus.root_positions, corpus.rotations_wxyz
    a, b = turns[side, low], turns[side, high]
    weight = share[..., None, None]
    rotations = normalise(a + weight * (b - a))
    positions = root[side, low] * (1 - share[..., None]) + root[side, high] * share[..., None]
    nearest = np.where(share > 0.5, high, low)
    return positions, rotations, corpus.contacts[side, nearest]


class Sampler:
    """Draws windows: kinds of motion evenly, lengths by class.

    Args:
        corpus: to draw from.
        rng: of everything drawn.
    """

    def __init__(self, corpus: Corpus, rng: np.random.Generator) -> None:
        self.corpus, self.rng = corpus, rng

    def draw(self, frames_total: int = 2000) -> Samples:
        """A batch of about so many frames in all, whose gaps are of one class of lengths."""
        rng = self.rng
        low, high = LENGTHS[rng.choice(len(LENGTHS), p=LENGTH_SHARES)]
        frames = BEFORE + high + AFTER
        count = max(frames_total // frames, 4)
        speeds = rng.uniform(1 - SPEED, 1 + SPEED, count)
        clips, starts = self._places(speeds, frames)
        mirrored = rng.integers(0, 2, count)
        root, rotations, contacts = cut(self.corpus, clips, starts, speeds, mirrored, frames)
        gaps = rng.integers(low, high + 1, count)
        kinds = rng.choice(len(KINDS), count, p=KIND_SHARES)
        masks = [
            mask(rng, KINDS[kind], int(gap), frames) for kind, gap in zip(kinds, gaps, strict=True)
        ]
        known, inside = (np.stack(each) for each in zip(*masks, strict=True))
        labels = self.corpus.labels[clips]
        return Samples(root, rotations, contacts, known, inside, gaps, labels, kinds)

    def _places(self, speeds: Floats, frames: int) -> tuple[Ints, Floats]:
        corpus, rng = self.corpus, self.rng
        room = corpus.counts - (frames - 1) * (1 + SPEED) - 1
        chances = self._chances(room > 0)
        clips = rng.choice(len(chances), len(speeds), p=chances)
        room = corpus.counts[clips] - 1 - (frames - 1) * speeds
        return clips, rng.uniform(0, 1, len(speeds)) * room

    def _chances(self, fits: Bools) -> Floats:
        corpus = self.corpus
        frames = np.where(fits, corpus.counts, 0).astype(np.float64)
        chances = np.zeros(len(frames))
        for label, name in enumerate(corpus.names):
            of_label = frames * (corpus.labels == label)
            total = of_label.sum()
            if total > 0:
                chances += of_label / total * np.sqrt(total) * LABEL_WEIGHTS.get(name, 1.0)
        return chances / chances.sum()


def mask(rng: np.random.Generator, kind: str, gap: int, frames: int) -> tuple[Bools, Bools]:
    """What of a window is known (T, 1 + J), and which frames it has (T,).

    Args:
        rng: of what is drawn.
        kind: of ``KINDS``.
        gap: frames missing.
        frames: T; there is room for 10 before and 10 after.
    """
    known = np.ones((frames, CHANNELS), bool)
    first = BEFORE + int(rng.integers(0, max(frames - gap - BEFORE - AFTER, 0) + 1))
    missing = slice(first, first + gap)
    inside = np.ones(frames, bool)
    if kind in ("limb", "joints", "parts", "path"):
        known[missing, _channels(rng, kind)] = False
        return known, inside
    known[missing] = False
    if rng.uniform() < _ONE_BEFORE:
        inside[: first - 1] = False
    if kind == "one after":
        inside[first + gap + 1 :] = False
    elif kind == "some after" and rng.uniform() < 0.5:
        inside[first + gap + int(rng.integers(2, AFTER)) :] = False
    elif kind == "open":
        inside[first + gap :] = False
    elif kind == "sparse keys":
        last = _leave_keys(rng, known, first, gap)
        inside[last + 1 :] = False
    return known & inside[:, None], inside


def _leave_keys(rng: np.random.Generator, known: Bools, first: int, gap: int) -> int:
    """Poses known alone within the gap and after it, every few frames; where the last is."""
    known[first:] = False
    step = max(int(gap * rng.uniform(0.3, 1.0)), 2)
    keys = np.arange(first + step - 1, len(known), step)
    known[keys] = True
    return int(keys[-1])


def _channels(rng: np.random.Generator, kind: str) -> Ints:
    names = COMMON_SKELETON.names
    if kind == "path":
        return np.arange(1, CHANNELS)
    if kind == "joints":
        return 1 + rng.choice(CHANNELS - 1, int(rng.integers(1, 4)), replace=False)
    if kind == "limb":
        limb = _LIMBS[int(rng.integers(0, 4))]
        from_joint = int(rng.integers(0, 3))
        return 1 + np.array([names.index(name) for name in limb[from_joint:]])
    chosen = [limb for limb in _LIMBS if rng.uniform() < 0.5] or [_LIMBS[4]]
    channels = [1 + names.index(name) for limb in chosen for name in limb]
    return np.array([0, *channels] if rng.uniform() < 0.3 else channels)
