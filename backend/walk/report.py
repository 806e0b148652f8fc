"""The table of measures, next to what others have published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from .looks.table import LOOK_DEFINITIONS, LOOK_ROWS

# Published: Holden et al.'s network on the flat suite (position-blended control, simple foot lock),
# the sliding baseline, held-out captured motion. Units as in the rows.
ROWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("path_deviation_mean_m", "path deviation, mean", "m", ".07", ".02", "–", "≤ 0.05"),
    ("path_deviation_p95_m", "path deviation, 95 %", "m", ".13", ".05", "–", "≤ 0.12"),
    ("paths_completed", "paths finished", "", "", "", "–", "all"),
    ("speed_error", "speed error, mean", "", ".09", ".015", "–", ""),
    ("speed_error_worst_path", "speed error, worst path", "", ".20", "", "–", "≤ 0.10"),
    ("slip_walk_cm_s", "slip walking", "cm/s", "4.0 (raw 14)", "10", "10", "≤ 2"),
    ("slip_run_cm_s", "slip running", "cm/s", "13", "49", "71", "≤ 8"),
    ("slip_stand_cm_s", "slip standing", "cm/s", "", "", "", ""),
    ("skate_cm_s", "skate, every low joint", "cm/s", "", "", "50", ""),
    ("skate_zhang_cm_s", "skate, Zhang 2018", "cm/s", "", "", "", ""),
    ("penetration_mean_cm", "penetration, mean", "cm", ".02", ".25", ".28", "≤ 0.3"),
    ("penetration_max_cm", "penetration, largest", "cm", "2.6", "2.9", "2.5", "≤ 2.5"),
    ("frechet", "naturalness (Fréchet)", "", "150", "61", "20 (mix 39–45)", "< 61, < 45"),
    ("frechet_mean", "  of it mean", "", "", "", "", ""),
    ("frechet_spread", "  of it spread", "", "", "", "", ""),
    ("frechet_flat", "  flat paths alone", "", "150", "61", "20 (mix 39–45)", ""),
    ("frechet_full", "  on 96 components", "", "", "", "", ""),
    ("jerk_ratio", "smoothness (jerk ratio)", "", ".99", "1.11", "1.02", "0.85–1.15"),
    ("stability_ratio", "stability", "", "1.01", "–", "–", "≤ 1.1"),
    *((key, label, unit, "", "", people, target) for key, label, unit, people, target in LOOK_ROWS),
)
DEFINITIONS = LOOK_DEFINITIONS | {
    "seeds": "each path is walked with its number as seed, in another captured style, unless "
    "--seed fixes one",
    "path_deviation": "horizontal distance of the hips, averaged over 0.5 s, to the path near the "
    "monotone progress; from the first second on, standing included; pooled over frames",
    "paths_completed": "progress within 0.3 m of the path's end",
    "speed_error": "|v - desired| / desired over sliding 1 s windows in which the timetable never "
    "wants less than 0.3 m/s, v being the way of the smoothed hips; mean over a path, then paths",
    "slip": "horizontal speed of the slowest heel or toe under 2.5 cm; walking 0.5 to 2.2 m/s, "
    "running above, standing below, by the speed of the smoothed hips",
    "skate": "horizontal speed of every heel or toe under 2.5 cm, from 0.5 m/s on",
    "skate_zhang": "v (2 - 2^(h / 2.5 cm)) over heels and toes, 0 above 2.5 cm, from 0.5 m/s on",
    "penetration": "depth of heels and toes below their height when planted, all frames; on stairs "
    "below the tread the foot stands on, not the next one; captured: each clip's own planted "
    "heights and a plane fitted to its floor",
    "frechet": "5 instants in 0.5 s of joint positions (cm) and velocities (times 0.5 s, cm), "
    "heading-aligned and over the ground, on one skeleton, 16 principal components of the "
    "reference; Frechet distance of Gaussians, not squared, frechet^2 = mean^2 + spread^2; "
    "reference (training part, mirrored too) re-weighted to the same speeds; under 0.5 m/s is left "
    "out",
    "frechet_flat": "the same over the flat paths alone",
    "frechet_full": "the same on the 96 components that hold 99 % of the reference's variance; "
    "shows what the first 16 cannot see",
    "jerk_ratio": "mean joint jerk (Savitzky-Golay, cubic over 9 frames) over that of the "
    "reference at the same speeds",
    "stability_ratio": "frechet of the last minute over that of the first, of a random path whose "
    "last minute asks for the same turns and speeds as the first",
    "floor": "the validation part by the same measures; uneven ground for naturalness alone",
}
_TABLE_WIDTH = 150
SYSTEMS = ("ours", "raw", "baseline", "floor")


def wide_console() -> Console:
    """A console on which the table fits, also where the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=_TABLE_WIDTH)


_TITLES = {"ours": "ours", "raw": "raw network", "baseline": "sliding", "floor": "captured"}


def print_measures(results: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print what was measured beside the published figures and the targets."""
    table = Table(title="Walking: what was measured, beside published figures")
    table.add_column("measure")
    table.add_column("unit")
    shown = [name for name in SYSTEMS if name in results]
    for name in shown:
        table.add_column(_TITLES[name], justify="right", style="bold" if name == "ours" else "")
    for title in ("paper's network", "sliding", "captured"):
        table.add_column(f"published:\n{title}", justify="right", style="dim")
    table.add_column("target")
    for key, label, unit, *published, target in ROWS:
        found = [_show(results[name].get(key)) for name in shown]
        table.add_row(label, unit, *found, *published, target)
    console.print(table)


def print_paths(result: Mapping[str, Any], console: Console) -> None:
    """Print our figures path by path."""
    keys = (
        "path_deviation_mean_m",
        "path_deviation_p95_m",
        "paths_completed",
        "speed_error",
        "slip_walk_cm_s",
        "slip_run_cm_s",
        "penetration_max_cm",
        "frechet",
        "jerk_ratio",
    )
    labels = {row[0]: row[1] for row in ROWS}
    table = Table(title="Path by path, ours")
    table.add_column("path")
    for key in keys:
        table.add_column(labels[key], justify="right")
    for name, found in result["per_path"].items():
        table.add_row(name, *(_show(found.get(key)) for key in keys))
    console.print(table)


def _show(value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    size = abs(value)
    return f"{value:.{3 if size < 1 else 2 if size < 10 else 1}f}"
