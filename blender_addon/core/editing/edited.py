"""What every edit of a motion gives back.

An edit works on the common skeleton. What it changed is carried to a rig as a difference: each
frame of the result names the frame of the original that lies beneath it, so that fingers, props
and all that the common skeleton lacks stay as they were there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..conventions import Floats
from ..errors import ClipError
from ..motion.clip import MotionClip


@dataclass(frozen=True, eq=False)
class Edited:
    """An edited motion, and what lies beneath it.

    Args:
        clip: N frames of the common skeleton, at the rate of the original.
        source: (N,) for each frame the frame of the original beneath it; may be fractional. Of two
            originals the second one's frames follow those of the first.
        other: (N,) a second frame beneath, where two are blended; None for nowhere.
        share: (N,) of ``other``, 0 … 1; None for nowhere.
        markers: moments to be marked, by their frame in the result.
        means: how it was made, in the user's words.
        notes: what the user should know.
        measures: what was measured of it, by name, its unit in the name.

    Raises:
        ClipError: the lengths disagree.
    """

    clip: MotionClip
    source: Floats
    other: Floats | None = None
    share: Floats | None = None
    markers: Mapping[int, str] = field(default_factory=dict)
    means: str = ""
    notes: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = self.clip.frame_count
        for what in (self.source, self.other, self.share):
            if what is not None and np.shape(what) != (count,):
                raise ClipError(f"expected a frame beneath for each of {count}; found {what.shape}")


def unmoved(clip: MotionClip) -> Floats:
    """(T,) what lies beneath an edit that keeps the time of the original."""
    return np.arange(clip.frame_count, dtype=np.float32)
