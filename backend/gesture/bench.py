"""How fast gestures are, for the bench."""

from __future__ import annotations

from typing import Final

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import NEEDS_BPY, BenchSetting
from blender_addon.core.gesture.settings import GestureMode

_MINUTES: Final = {
    GestureMode.DANCE: ("dance_minute_s", "a dance, a minute at 60 Hz", 1.0),
    GestureMode.TALK: ("talk_minute_s", "talking hands, a minute at 30 Hz", 1.5),
}
"""What a minute is called, and the seconds it may take."""


def measure(setting: BenchSetting) -> Figures:
    """A minute of dancing and of talking; without values where Blender lacks."""
    if not setting.has_blender:
        rows = [
            Row(key, title, None, "s", target_s, note=NEEDS_BPY)
            for key, title, target_s in _MINUTES.values()
        ]
        return Figures({Section.MINUTE: lambda: rows})
    from .bench_scene import cancel_seconds

    return Figures(
        {Section.MINUTE: lambda: [_minute_row(setting, mode) for mode in _MINUTES]},
        cancel_s=lambda: cancel_seconds(setting.models),
    )


def _minute_row(setting: BenchSetting, mode: GestureMode) -> Row:
    from .bench_scene import time_gesture

    key, title, target_s = _MINUTES[mode]
    took = time_gesture(mode, setting.models, setting.repeats)
    note = f"of that keys {took['write']:.2f} s; reading the scene took {took['read']:.2f} s"
    return Row(key, title, took["run"] + took["write"], "s", target_s, note=note)
