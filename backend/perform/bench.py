"""How fast a performance is, for the bench."""

from __future__ import annotations

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import NEEDS_BPY, BenchSetting

_KEY, _TITLE, _TARGET_S = "perform_minute_s", "perform, a minute at 30 Hz, all parts", 9.0
"""The sum of what its parts are allowed, and what reading the scene between them takes."""


def measure(setting: BenchSetting) -> Figures:
    """A minute of everything that belongs to a sound; without a value where Blender lacks."""
    if not setting.has_blender:
        row = Row(_KEY, _TITLE, None, "s", _TARGET_S, note=NEEDS_BPY)
        return Figures({Section.MINUTE: lambda: [row]})
    return Figures({Section.MINUTE: lambda: [_minute_row(setting)]})


def _minute_row(setting: BenchSetting) -> Row:
    from .bench_scene import time_perform

    took = time_perform(setting.repeats)
    told = ", ".join(f"{title} {seconds:.2f} s" for title, seconds in took.items())
    note = f"scene read and keys written by each: {told}"
    return Row(_KEY, _TITLE, sum(took.values()), "s", _TARGET_S, note=note)
