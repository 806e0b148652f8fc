"""Connections of recordings, by each means, and what their seams are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.editing.connect.cut import Pair, find_crossing
from blender_addon.core.editing.connect.join import connect
from blender_addon.core.editing.connect.settings import ConnectSettings
from blender_addon.core.editing.edited import Edited
from blender_addon.core.editing.placing import Placing, frames, joined
from blender_addon.core.editing.seam import Filler
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip

from .baselines import FADE_FRAMES, Interpolation, cross_fade
from .seams import Nearest, SeamMeasures, Stretch, measure_seam

KINDS: Final = (
    ("walk", "stand"), ("stand", "walk"), ("walk", "walk"), ("run", "jump"), ("dance", "walk"),
    ("walk", "dance"), ("jump", "walk"), ("stand", "dance"), ("sport", "stand"), ("turn", "walk"),
)  # fmt: skip
"""What goes over into what, from label to label."""
PAIRS_EACH: Final = 3
_UNLABELLED: Final = 9
"""Pairs of clips whose labels are none of these."""
_HALF_FADE: Final = FADE_FRAMES // 2
_SETTINGS: Final = ConnectSettings()


@dataclass(frozen=True, eq=False)
class ConnectResult:
    """Two recordings, connected by each means.

    Args:
        kind: labels, such as "walk to stand".
        ours: found and filled, feet held.
        cubic: the same, filled by the cubic.
        fade: a cross-fade of ten frames where ours meet.
        naive: a cross-fade of the first one's end into the second one's beginning.
        length_s: of ours.
    """

    kind: str
    ours: SeamMeasures
    cubic: SeamMeasures
    fade: SeamMeasures
    naive: SeamMeasures
    length_s: float


def choose_pairs(
    recordings: Sequence[Recording], rng: np.random.Generator
) -> list[tuple[Recording, Recording]]:
    """Pairs of different recordings of each kind, as many as there are, up to three.

    Where labels say nothing, as those of somebody's own clips may, any two clips are a pair.
    """
    chosen = []
    for one, two in KINDS:
        there = [
            (first, second)
            for first in recordings
            for second in recordings
            if (first.label, second.label) == (one, two) and first.name != second.name
        ]
        chosen += _some(there, rng, PAIRS_EACH)
    return chosen or _some(list(permutations(recordings, 2)), rng, _UNLABELLED)


def _some(
    pairs: Sequence[tuple[Recording, Recording]], rng: np.random.Generator, most: int
) -> list[tuple[Recording, Recording]]:
    return [pairs[n] for n in rng.permutation(len(pairs))[:most]]


def connect_recordings(
    first: Recording, second: Recording, filler: Filler, nearest: Nearest
) -> ConnectResult | None:
    """Connect two recordings by each means and measure the seams; None where it is refused."""
    pair = Pair.of(first.clip, second.clip)
    try:
        ours = connect(first.clip, second.clip, _SETTINGS, filler)
        cubic = connect(first.clip, second.clip, _SETTINGS, Interpolation(cubic=True))
    except InputError:
        return None
    takes = [each for one in (first, second) for each in (one.name, one.same_take_as) if each]
    at = find_crossing(pair, _SETTINGS)
    count = first.clip.frame_count
    recorded = [
        Stretch(first.clip, at.leave - at.gap // 2, at.leave + at.gap // 2 + 1),
        Stretch(second.clip, at.enter - at.gap // 2, at.enter + at.gap // 2 + 1),
    ]

    def measured(seam: Stretch) -> SeamMeasures:
        return measure_seam(seam, recorded, nearest, takes)

    return ConnectResult(
        f"{first.label} to {second.label}",
        measured(_seam_of(ours)),
        measured(_seam_of(cubic)),
        measured(_faded(pair, at.meet, at.met, at.turn_rad)),
        measured(_faded(pair, count - 1 - _HALF_FADE, _HALF_FADE, None)),
        ours.measures["length_s"],
    )


def _seam_of(edited: Edited) -> Stretch:
    leave, enter = sorted(edited.markers)
    return Stretch(edited.clip, leave + 1, enter)


def _faded(pair: Pair, meet: int, met: int, turn_rad: float | None) -> Stretch:
    """A cross-fade of ten frames about two frames, moved to where both have so many."""
    meet = int(np.clip(meet, _HALF_FADE, pair.first.frame_count - 1 - _HALF_FADE))
    met = int(np.clip(met, _HALF_FADE, pair.second.frame_count - 1 - _HALF_FADE))
    if turn_rad is None:
        turns = pair.clouds[0][np.array([meet])].compare(pair.clouds[1][np.array([met])])[1]
        turn_rad = float(turns[0, 0])
    here, there = pair.second.root_positions[met], pair.first.root_positions[meet]
    second: MotionClip = Placing.onto(-turn_rad, here, there).clip(pair.second)
    around = np.arange(1 - _HALF_FADE, _HALF_FADE)
    before = frames(pair.first, np.arange(meet - _HALF_FADE + 1))
    after = frames(second, np.arange(met + _HALF_FADE, second.frame_count))
    made = cross_fade(frames(pair.first, meet + around), frames(second, met + around))
    start = before.frame_count
    return Stretch(joined(before, made, after), start, start + made.frame_count)
