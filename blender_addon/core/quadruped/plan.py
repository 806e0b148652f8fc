"""What is asked of an animal frame by frame: its timetable at the model's frame rate and size."""

from __future__ import annotations

from dataclasses import dataclass

from ..conventions import Floats


@dataclass(frozen=True, eq=False)
class QuadrupedPlan:
    """The desired track of the middle of the trunk, at 60 Hz of the model's time, T frames.

    Args:
        positions_xz: (T, 2) metres.
        headings_rad: (T,) unwrapped, where the trunk faces.
        travel_rad: (T,) unwrapped, where it goes; opposite to the heading while backing up.
        speeds_m_s: (T,) along the path, from 0.
        distances_m: (T,) arc length reached.
        actions: (T, 13) weights of ``gaits.ACTIONS``; each row adds up to 1.
        notes: what will not go as asked, in the user's words.
    """

    positions_xz: Floats
    headings_rad: Floats
    travel_rad: Floats
    speeds_m_s: Floats
    distances_m: Floats
    actions: Floats
    notes: tuple[str, ...] = ()

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.speeds_m_s)
