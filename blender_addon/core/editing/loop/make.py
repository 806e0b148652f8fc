"""Make a motion a cycle: it ends as it begins, one cycle further on, and repeats without a pop."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...errors import ClipError
from ...jobs import OnProgress, Progress
from ...motion.clip import MotionClip
from ..edited import Edited
from ..placing import bent
from ..seam import Filler
from .cut import find_cut
from .cycle import Cycle
from .settings import LoopSettings

_FEWEST_FRAMES: Final = 8
_SHORTEST_S: Final = 0.25
_FAR_APART_M: Final = 0.12


def make_loop(
    clip: MotionClip,
    settings: LoopSettings,
    filler: Filler,
    on_progress: Progress | OnProgress | None = None,
) -> Edited:
    """Make a motion a cycle.

    Args:
        clip: of the common skeleton, at any rate.
        settings: which part, how long, whether it travels.
        filler: makes the motion in the seam.
        on_progress: told how much is done; answers False to cancel.

    Returns:
        The cycle. Its last frame is its first pose one cycle further on.

    Raises:
        ClipError: the motion is too short.
        SettingsError: no cycle of the length asked for is in it.
        Cancelled: the user cancelled.
    """
    progress = Progress.of(on_progress)
    _check(clip)
    cut = find_cut(clip, settings, progress.part(0.0, 0.5))
    cycle = Cycle.of(clip, cut, settings)
    seam = cycle.seam()
    made = seam.filled(filler, settings.lock_feet, progress.part(0.5, 1.0))
    looped = cycle.closed(made.clip)
    result = _in_place(looped, cycle.turn_rad) if settings.in_place else looped
    progress(1.0)
    return _told(result, cycle, settings, made.means)


def _check(clip: MotionClip) -> None:
    if clip.frame_count < _FEWEST_FRAMES or clip.duration_s < _SHORTEST_S:
        raise ClipError(
            f"the motion has {clip.frame_count} frames, {clip.duration_s:.2f} s; a cycle needs at "
            f"least {_FEWEST_FRAMES} frames and {_SHORTEST_S} s. Choose a longer range"
        )


def _in_place(clip: MotionClip, turn_rad: float) -> MotionClip:
    """A cycle without the way that it goes; its sway stays."""
    share = np.arange(clip.frame_count) / (clip.frame_count - 1)
    straight = bent(clip, -turn_rad * share) if turn_rad else clip
    root = straight.root_positions.astype(np.float64)
    way = (root[-1] - root[0]) * [1, 0, 1]
    still = replace(straight, root_positions=root - share[:, None] * way)
    return bent(still, turn_rad * share) if turn_rad else still


def _told(clip: MotionClip, cycle: Cycle, settings: LoopSettings, means: str) -> Edited:
    """The cycle with what the user should know of it."""
    source, other, share = cycle.beneath()
    rate, cut = clip.frame_rate_hz, cycle.cut
    way = float(np.linalg.norm((clip.root_positions[-1] - clip.root_positions[0])[[0, 2]]))
    measures = {
        "cycle_s": cut.frame_count / rate,
        "cut_cm": 100 * cut.distance_m,
        "seam_s": cycle.seam_frames / rate,
        "turn_deg": float(np.degrees(cycle.turn_rad)),
        "way_m": way,
    }
    return Edited(
        clip,
        source,
        other,
        share,
        markers={0: "cycle", clip.frame_count - 1: "cycle again"},
        means=f"cycle of {cut.frame_count / rate:.2f} s, its seam by {means}",
        notes=tuple(_notes(cycle, settings)),
        measures=measures,
    )


def _notes(cycle: Cycle, settings: LoopSettings) -> list[str]:
    notes, cut = [], cycle.cut
    if cut.distance_m > _FAR_APART_M:
        what = "the best cut found" if settings.find_cut else "the range begins and ends"
        notes.append(
            f"{what} with poses {100 * cut.distance_m:.0f} cm apart: the motion hardly repeats, "
            f"and its seam of {cycle.seam_frames / cycle.clip.frame_rate_hz:.2f} s is invented"
        )
    if settings.straighten and cycle.turn_rad:
        degrees = np.degrees(cycle.turn_rad)
        notes.append(f"each cycle turns by {degrees:.0f}°, which is taken as meant and kept")
    return notes
