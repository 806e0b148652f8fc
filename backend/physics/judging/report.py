"""What each figure is, what is aimed at, and the table of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

DEFINITIONS: Final = {
    "life_share": "share of walks that last 20 s without a body other than the feet on the ground",
    "life_s": "seconds of 20 until then, on average",
    "imitation": "DeepMimic's reward (.65 pose, .1 velocity, .15 ends, .1 centre of mass, means as "
    "in their program) over 20 s, nothing after a fall; the animation itself is what is compared "
    "with, not a reference that was moved along",
    "imitation_alive": "the same until the fall",
    "imitation_sums": "the same with sums over joints and ends, as their paper writes it",
    "joint_error_deg": "mean angle between a joint and the animation's, a ball's taken whole",
    "root_error_m": "mean distance of the pelvis from the animation's at the same moment",
    "push_75_n_s": "greatest of 20, 40, 60, 80, 100 N s in 0.1 s that 75 % survive by 3 s; 8 "
    "directions, 4 phases of a step, chest and pelvis; under 32 starts a spread of these",
    "push_shares": "who stands 3 s later, by N s",
    "help_mean_n": "force on the body that no push accounts for, as the engine is given it",
    "help_mean_nm": "torque likewise",
    "help_frames_share": "share of frames in which it is more than 1 % of the weight",
    "slip_cm_s": "speed over the ground of the slowest sole corner that is under 1.5 cm, mean",
    "slip_each_foot_cm_s": "the same for each foot by itself",
    "penetration_cm": "lowest point of all shapes under the ground, 99th percentile of frames",
    "penetration_mean_cm, penetration_max_cm": "the same on average and at its worst",
    "jerk_ratio": "mean jerk of all joints in the world over the animation's",
    "effort": "work of all muscles, both ways, over weight x way",
    "rubble_share": "share of ways of 10 m over boxes up to 4 cm, a slope of 8 degrees and a step "
    "down of 8 cm that are walked to their end",
    "path_after_push_m": "distance from the animation's way 3 s after a push of 20 N s",
    "slalom_share": "share of slaloms of 6 posts that are walked without touching one",
    "falls_ok": "share of 100 falls with muscles off that lie still after 4 s (fastest body under "
    "0.1 m/s), no joint more than 5 degrees beyond its range, nothing deeper than 5 cm",
    "reproducible": "the same poses to the bit twice and with two threads",
    "tremble_ratio": "power of the joints' rates above 6 Hz over the animation's",
    "arm_swing_ratio": "spread of the upper arms' directions over the animation's",
    "clearance_cm, clearance_asked_cm": "height of the lowest sole corner amid a swing, median",
    "lean_deg": "how much further forward the trunk leans than asked",
    "sunk_cm": "how much lower the pelvis is than asked",
    "late_s": "how long ago the animation was where the pelvis is, while it moves",
}
"""Travels with the JSON."""

AT_LEAST: Final[Mapping[str, float]] = {
    "life_share": 0.95, "imitation": 0.85, "push_75_n_s": 40.0, "rubble_share": 0.8,
    "slalom_share": 0.8, "falls_ok": 1.0, "reproducible": 1.0,
}  # fmt: skip
AT_MOST: Final[Mapping[str, float]] = {
    "joint_error_deg": 6.0, "slip_cm_s": 4.0, "penetration_cm": 1.0, "jerk_ratio": 1.5,
    "effort": 1.5, "path_after_push_m": 0.3,
}  # fmt: skip
HONEST: Final = ("plan", "policy")
"""Rows whose targets include no help at all."""


def is_met(row: str, key: str, value: float | None) -> bool | None:
    """Whether a target is met; None where there is none, or nothing was measured."""
    if value is None:
        return None
    if key == "help_mean_n":
        return value < 1e-9 if row in HONEST else None
    if key in AT_LEAST:
        return value >= AT_LEAST[key]
    return value <= AT_MOST[key] if key in AT_MOST else None


def print_tables(results: Mapping[str, Any], keys: tuple[str, ...], console: Console) -> None:
    """The figures asked for, then whatever else was seen, one column a row."""
    rows = {name: each for name, each in results["rows"].items() if "absent" not in each}
    console.print(_table("figures with weight", rows, list(keys), aims=True))
    others = [
        key
        for key in dict.fromkeys(key for each in rows.values() for key in each)
        if key not in keys and not isinstance(next(iter(rows.values())).get(key), dict)
    ]
    console.print(_table("besides", rows, others, aims=False))
    for name, each in results["rows"].items():
        if "absent" in each:
            console.print(f"{name}: {each['absent']}")
    for note in results["notes"]:
        console.print(note)


def _table(title: str, rows: Mapping[str, Any], keys: list[str], *, aims: bool) -> Table:
    table = Table(title=title)
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    if aims:
        table.add_column("target")
    for key in keys:
        cells = [_shown(name, key, each.get(key)) for name, each in rows.items()]
        table.add_row(key, *cells, *([_aim(key)] if aims else []))
    return table


def _shown(row: str, key: str, value: Any) -> str:
    if value is None:
        return "–"
    told = ("yes" if value else "no") if isinstance(value, bool) else f"{value:.3g}"
    met = is_met(row, key, value)
    return told if met is None else f"[{'green' if met else 'red'}]{told}[/]"


def _aim(key: str) -> str:
    if key == "help_mean_n":
        return "0 of plan and policy"
    if key == "reproducible":
        return "yes"
    if key in AT_LEAST:
        return f"≥ {AT_LEAST[key]:g}"
    return f"≤ {AT_MOST[key]:g}" if key in AT_MOST else ""
