"""How fast gaze is, for the bench."""

from __future__ import annotations

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import NEEDS_BPY, BenchSetting

_MINUTE = ("gaze_minute_s", "gaze_minute_64_characters_s")
_RATIO = ("gaze_64_over_1", "gaze of 64 characters over that of one, keys included")


def measure(setting: BenchSetting) -> Figures:
    """Minutes of gaze for one and for many characters; without values where Blender lacks."""
    if not setting.has_blender:
        minute = Row(_MINUTE[0], "gaze, a minute", None, "s", 0.3, note=NEEDS_BPY)
        ratio = Row(*_RATIO, None, "×", 16.0, note=NEEDS_BPY)
        return Figures({Section.MINUTE: lambda: [minute], Section.RATIO: lambda: [ratio]})
    from .bench_scene import cancel_seconds

    return Figures(
        {
            Section.MINUTE: lambda: _minute_rows(setting),
            Section.RATIO: lambda: _ratio_rows(setting),
        },
        cancel_s=lambda: cancel_seconds(setting.models),
    )


def _minute_rows(setting: BenchSetting) -> list[Row]:
    from .bench_scene import MANY

    return [
        _minute_row(setting, 1, _MINUTE[0], 0.3, setting.repeats),
        _minute_row(setting, MANY, _MINUTE[1], 2.0, 1),
    ]


def _ratio_rows(setting: BenchSetting) -> list[Row]:
    from .bench_scene import many_over_one

    turns = 1 if setting.is_short else 3
    return [Row(*_RATIO, many_over_one(setting.models, turns), "×", 16.0)]


def _minute_row(setting: BenchSetting, count: int, key: str, target: float, repeats: int) -> Row:
    from .bench_scene import time_gaze

    took = time_gaze(count, setting.models, repeats)
    title = f"gaze, a minute at 60 Hz, {count} character{'s' if count > 1 else ''}"
    note = f"of that keys {took['write']:.2f} s; reading the scene took {took['read']:.2f} s"
    return Row(key, title, took["run"] + took["write"], "s", target, note=note)
