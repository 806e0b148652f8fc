"""What each measure is, what is aimed at, and the table of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from blender_addon.core.video.points import JOINTS

DEFINITIONS: Final = {
    "two_d_median_pct": "median distance of the 14 joints in the picture, % of the torso "
    "(middle of shoulders to middle of hips)",
    "fit_two_d_median_pct, fit_pck": "the same of the joints of the judged system",
    "pck": "share of joints nearer than 0.2 torso; all of a frame are wrong where nobody is found",
    "mpjpe_mm": "mean distance of the 14 joints in the camera's axes, middle of the hips at 0, "
    "bones as found",
    "n_mpjpe_mm": "the same after the best size for each frame",
    "pa_mpjpe_mm": "the same after the best similarity for each frame",
    "mpjpe_world_mm": "MPJPE of the landmark network's own places in space",
    "root_raw_mm": "distance between middles of the hips, seen from the camera",
    "root_mm": "the same after the best similarity of the whole path",
    "swaps": "share of frames whose pose fits better with left and right exchanged",
    "lost": "share of frames with a person in which nobody is found",
    "guessed": "share of frames with a person that count as found only in part",
    "lifter_val_mm": "the lifter on held-out recordings before drawn cameras, rays alone; MPJPE",
    "lifter_val_world_mm": "the same with drawn errors of the landmark network and its places",
    "empty_recall": "share of frames without anybody that are said to be empty",
    "empty_precision": "share of frames said to be empty that are",
    "jerk_ratio": "mean jerk of the joints about the hips over the true motion's",
    "jerk_world_ratio": "the same in the world, the root's way included",
    "pop_ratio": "largest acceleration of a joint over the true motion's largest",
    "lag_frames": "shift at which joint velocities correlate best with the truth; positive is late",
    "bone_drift": "(p95 - p5) / median of a bone's length in the shot, mean over the bones",
    "knee_deg": "mean error of the knee's inner angle",
    "elbow_deg": "mean error of the elbow's inner angle",
    "fit_two_d_pct": "median distance of the fitted joints from those tracked, % of the torso",
    "fit_fastest_m_s2": "99.9th percentile of the fitted joints' accelerations",
    "knees_backward": "share of frames in which a knee is bent by more than 15 degrees to the back",
    "head_pitch_deg": "mean error of the head's nod against the trunk",
    "heading_deg": "mean error of where hips and shoulders look over the ground",
    "slip_cm_s": "speed of the slowest heel or toe within 2.5 cm of the ground by its own height",
    "slip_true_cm_s": "speed over the ground of ankles that stand in truth",
    "under_ground_cm": "mean depth of the lowest heel or toe under the ground",
    "over_ground_cm": "mean height over the ground of feet that stand in truth",
    "legs_mm": "on a rig: error of knees and feet from their own hip, if the legs had the "
    "person's lengths; fit_legs_mm is that of the fit before retargeting",
    "arms_mm": "the same of elbows and hands; arms are turned out where hands would be in the hips",
    "limbs_deg": "on a rig: angle between limbs and where they truly point",
    "camera_tilt_deg": "error of the camera's tilt",
    "focal_ratio": "focal length over the true one",
}
"""Travels with the JSON."""

TARGETS: Final[Mapping[str, Mapping[str, float]]] = {
    "walk": {"two_d_median_pct": 4.0, "pck": 0.97, "mpjpe_mm": 42.0, "pa_mpjpe_mm": 32.0},
    "front": {"two_d_median_pct": 4.0, "pck": 0.97, "mpjpe_mm": 55.0, "pa_mpjpe_mm": 48.0},
    "high": {"two_d_median_pct": 4.0, "pck": 0.93, "mpjpe_mm": 60.0, "pa_mpjpe_mm": 40.0},
}
ANY_FILM: Final[Mapping[str, float]] = {
    "root_mm": 80.0, "slip_cm_s": 4.0, "swaps": 0.01, "lost": 0.01, "empty_recall": 0.95,
}  # fmt: skip
AT_LEAST: Final = ("pck", "empty_recall", "empty_precision")
JERK: Final = (0.8, 1.2)

_COLUMNS: Final = (
    ("two_d_median_pct", "2-D %", 1), ("pck", "PCK", 3), ("mpjpe_mm", "MPJPE", 0),
    ("pa_mpjpe_mm", "PA", 0), ("root_mm", "root", 0), ("root_raw_mm", "raw", 0),
    ("slip_cm_s", "slip", 1), ("slip_true_cm_s", "slip t.", 1), ("jerk_ratio", "jerk", 2),
    ("jerk_world_ratio", "jerk w.", 2), ("pop_ratio", "pop", 1), ("lag_frames", "lag", 2),
    ("swaps", "swaps", 3), ("bone_drift", "drift", 2), ("knee_deg", "knee°", 1),
    ("elbow_deg", "elbow°", 1), ("knees_backward", "back", 3), ("head_pitch_deg", "nod°", 1),
    ("heading_deg", "head°", 1), ("under_ground_cm", "under", 1), ("over_ground_cm", "over", 1),
    ("camera_tilt_deg", "tilt°", 1), ("focal_ratio", "focal", 2),
)  # fmt: skip


def target_of(film: str, measure: str) -> float | tuple[float, float] | None:
    """What is aimed at for a film: a limit, a span for the jerk, or nothing."""
    if measure in ("jerk_ratio", "jerk_world_ratio"):
        return JERK
    own = TARGETS.get(film, {})
    return own.get(measure, ANY_FILM.get(measure))


def is_met(film: str, measure: str, value: float | None) -> bool | None:
    """Whether a target is met; None where there is none, or nothing was measured."""
    target = target_of(film, measure)
    if target is None or value is None:
        return None
    if isinstance(target, tuple):
        return target[0] <= value <= target[1]
    return value >= target if measure in AT_LEAST else value <= target


def print_table(results: Mapping[str, Any]) -> None:
    """One table for each film with truth, one line for each of the others."""
    console = Console(width=220)
    for film, rows in results.get("films", {}).items():
        if "systems" in rows:
            console.print(_film_table(film, rows))
        else:
            told = ", ".join(f"{key} {_plain(value)}" for key, value in rows.items())
            console.print(f"[bold]{film}[/bold]: {told}")
    for key, value in results.items():
        if key.startswith("lifter_"):
            console.print(f"{key}: {_plain(value)}")


def print_joints(results: Mapping[str, Any]) -> None:
    """For each film, the mean error of each joint in millimetres, system by system."""
    console = Console(width=220)
    for film, rows in results.get("films", {}).items():
        table = Table(title=f"{film}: mm by joint")
        table.add_column("system", no_wrap=True)
        for name in JOINTS:
            table.add_column(name.replace("Left", "L ").replace("Right", "R "), justify="right")
        for name, measures in rows.get("systems", {}).items():
            if not isinstance(measures, str):
                cells = measures["per_joint_mm"].values()
                table.add_row(name, *("–" if each is None else f"{each:.0f}" for each in cells))
        if table.row_count:
            console.print(table)


_RIG_COLUMNS: Final = (
    "mpjpe_mm", "fit_mpjpe_mm", "pa_mpjpe_mm", "legs_mm", "fit_legs_mm", "arms_mm", "fit_arms_mm",
    "limbs_deg", "fit_limbs_deg", "slip_cm_s", "scale",
)  # fmt: skip


def print_rigs(results: Mapping[str, Any]) -> None:
    """For each film that was brought to rigs, what Blender shows of each."""
    console = Console(width=220)
    for film, rows in results.get("films", {}).items():
        if "rigs" not in rows:
            continue
        table = Table("rig", *_RIG_COLUMNS, title=f"{film} on rigs")
        for name, measures in rows["rigs"].items():
            table.add_row(name, *(f"{measures[key]:.1f}" for key in _RIG_COLUMNS))
        console.print(table)


def finite(value: Any) -> Any:
    """The same with None for numbers that are none, which JSON does not know."""
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def _film_table(film: str, rows: Mapping[str, Any]) -> Table:
    shown = ", ".join(f"{key} {_plain(rows[key])}" for key in ("lost", "guessed") if key in rows)
    table = Table(title=f"{film}: {rows.get('frames')} frames, {shown}")
    table.add_column("system", no_wrap=True)
    for _, title, _ in _COLUMNS:
        table.add_column(title, justify="right")
    for name, measures in rows["systems"].items():
        if isinstance(measures, str):
            table.add_row(name, measures)
            continue
        cells = [_cell(film, key, measures.get(key), digits) for key, _, digits in _COLUMNS]
        table.add_row(name, *cells)
    return table


def _cell(film: str, measure: str, value: float | None, digits: int) -> str:
    if value is None:
        return "–"
    met = is_met(film, measure, value)
    text = f"{value:.{digits}f}"
    return text if met is None else f"[{'green' if met else 'red'}]{text}[/]"


def _plain(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
