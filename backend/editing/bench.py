"""How fast edits of motion are, for the bench, next to SciPy's ways of doing the like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import BenchSetting
from blender_addon.core.errors import ModelError

from .bench_edits import cancel_seconds, time_clean, time_fill, time_map, time_restyle

_FILL, _CLEAN, _RESTYLE, _MAP = "fill_60_ms", "clean_minute_s", "restyle_s", "map_500_s"
_GRAM: Final = "restyle_gram_s"


def measure(setting: BenchSetting) -> Figures:
    """Fill of 60 frames, Clean of a minute, Restyle of ten seconds, Map of 500 clips."""
    parts: Sequence[tuple[str, Callable[[BenchSetting], list[Row]]]] = (
        (_FILL, _fill_rows),
        (_CLEAN, _clean_rows),
        (_RESTYLE, _restyle_rows),
        (_MAP, _map_rows),
    )
    return Figures(
        {Section.EDIT: lambda: [row for key, part in parts for row in _rows(key, part, setting)]},
        cancel_s=lambda: cancel_seconds(setting.models),
    )


def _rows(key: str, part: Callable[[BenchSetting], list[Row]], setting: BenchSetting) -> list[Row]:
    """A part's figures, or one without a value that says which model is missing."""
    try:
        return part(setting)
    except ModelError as error:
        return [Row(key, key, None, key.rpartition("_")[2], note=str(error))]


def _fill_rows(setting: BenchSetting) -> list[Row]:
    took = time_fill(setting)
    title = "filling 60 frames at 30 Hz between two poses"
    return [
        Row(_FILL, title, took["ours"].median_ms, "ms", 20.0),
        Row("fill_60_slerp_ms", "  SciPy's SLERP", took["slerp"].median_ms, "ms", ours=_FILL),
    ]


def _clean_rows(setting: BenchSetting) -> list[Row]:
    took = time_clean(setting)
    title = "cleaning a minute at 30 Hz with a jitter of 2°"
    other = "  SciPy's Savitzky–Golay filter"
    return [
        Row(_CLEAN, title, took["ours"].median_s, "s", 0.5),
        Row("clean_minute_savgol_s", other, took["savgol"].median_s, "s", ours=_CLEAN),
    ]


def _restyle_rows(setting: BenchSetting) -> list[Row]:
    took = time_restyle(setting)
    return [
        Row(_RESTYLE, "restyling 10 s of walking by spectrum", took["spectrum"], "s", 0.3),
        Row(_GRAM, "restyling 10 s by Gram matrices", took["gram"], "s", 10.0),
    ]


def _map_rows(setting: BenchSetting) -> list[Row]:
    took, windows = time_map(setting)
    note = f"{windows} windows of 2 s"
    return [Row(_MAP, "the map of 500 clips of 5 s", took, "s", 10.0, note=note)]
