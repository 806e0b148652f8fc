"""What the measures mean, and the tables of what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from .feet import GALLOPS_FROM_M_S, WALKS_BELOW_M_S
from .strides import SLOWEST_M_S, STANDS_BELOW

ROWS: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    ("path_deviation_mean_h", "path deviation, mean", "h", "loop .02", "≤ .08"),
    ("path_deviation_p95_h", "path deviation, 95 %", "h", "loop .05", "≤ .20"),
    ("paths_completed", "paths finished", "", "", "all"),
    ("slip_walk_cm_s", "slip walking", "cm/s", "dogs 3–5, loops 5–15", "≤ 3"),
    ("slip_trot_cm_s", "slip trotting", "cm/s", "", ""),
    ("slip_gallop_cm_s", "slip galloping", "cm/s", "dogs 16–24, loops 15–75", "≤ 15"),
    ("slip_stand_cm_s", "slip standing", "cm/s", "", ""),
    ("zhang_skate_cm_s", "skate, Zhang 2018", "cm/s", "", ""),
    ("flat_glide_share", "walks with a foot that glides > 8 % h", "", "", "0"),
    ("label_drift_p95_h", "moved in a stance, 95 %", "h", "", ""),
    ("label_height_p95_h", "off the ground in a stance, 95 %", "h", "", ""),
    ("penetration_max_cm", "deepest paw", "cm", "", ""),
    ("footfall_phase_error", "first contacts, worst foot", "stride", "", "≤ .06"),
    ("duty_error", "duty, worst foot", "stride", "", "≤ .08"),
    ("footfall_phase_error_mean", "first contacts, mean", "stride", "", ""),
    ("duty_error_mean", "duty, mean", "stride", "", ""),
    ("footfall_phase_error_dogs", "first contacts, all bodies against dogs", "stride", "", ""),
    ("duty_error_dogs", "duty, all bodies against dogs", "stride", "", ""),
    ("footfall_phase_error_other_gaits", "first contacts, trot and canter", "stride", "", ""),
    ("duty_error_other_gaits", "duty, trot and canter", "stride", "", ""),
    ("footfall_phase_error_plan", "first contacts against the plan, mean", "stride", "", ""),
    ("duty_error_plan", "duty against the plan, mean", "stride", "", ""),
    ("stride_law_error", "stride length against the law", "", "dogs + .04 to + .15", "≤ .15"),
    ("stride_law_within", "strides within 15 % of the law", "", "", ""),
    ("gait_change_strides", "strides in neither gait", "strides", "", "≤ 1"),
    ("gait_change_strides_worst", "the same, worst change", "strides", "", ""),
    ("gait_change_tiny_steps", "tiny steps in changes", "", "", "0"),
    ("tiny_steps", "tiny steps anywhere", "", "", "0"),
    ("change_jerk", "jerk in a change over before", "", "", "≤ 1.5"),
    ("change_jerk_to_both", "the same, over before and after", "", "", ""),
    ("frechet", "naturalness (Fréchet)", "h/100", "", "below the loop"),
    ("frechet_mean", "  of it mean", "h/100", "", ""),
    ("frechet_spread", "  of it spread", "h/100", "", ""),
    ("jerk_ratio", "jerk over the reference's", "", "", ""),
    ("reach_p95", "straightness of legs, 95 %", "", "dogs .83–.92", "≤ .93"),
    ("reach_max", "straightness of legs, largest", "", "dogs .96", "≤ .98"),
    ("reach_hind_p95", "  hind legs, 95 %", "", "", ""),
    ("reach_fore_canine_p95", "  front legs of canines, 95 %", "", "", ""),
    ("reach_fore_hoofed_p95", "  front legs of the hoofed, 95 %", "", "stand .99", ""),
    ("reach_over_standing_p95", "  over how they stand, 95 %", "", "", ""),
    ("knee_in_stance_deg", "knees of the hoofed bent in stance, median", "°", "", ""),
    ("stretch_cm", "stretched bones", "cm", "loops 9", "0"),
    ("pops_p999_deg", "pops, 99.9 %", "°/frame²", "", ""),
    ("pops_max_deg", "pops, largest", "°/frame²", "", ""),
    ("head_jitter_p95_h", "trembling of the head, 95 %", "h", "", ""),
    ("crossed_share", "frames with crossed legs", "", "", ""),
    ("legs_meet_share", "frames with legs through legs", "", "", ""),
    ("paws_meet_trot_share", "hind paws in front paws, trot on", "", "", ""),
    ("tail_in_legs_share", "tail through legs", "", "", ""),
    ("joints_in_ground_share", "joints in the ground", "", "", "0"),
    ("bounce_walk_h", "hips up and down, walking", "h", "", ""),
    ("bounce_trot_h", "hips up and down, trotting", "h", "", ""),
    ("bounce_gallop_h", "hips up and down, galloping", "h", "", ""),
    ("sway_walk_h", "hips from side to side, walking", "h", "", ""),
    ("sway_trot_h", "hips from side to side, trotting", "h", "", ""),
    ("sway_gallop_h", "hips from side to side, galloping", "h", "", ""),
    ("pitch_walk_deg", "front end raised, walking", "°", "", ""),
    ("pitch_trot_deg", "front end raised, trotting", "°", "", ""),
    ("pitch_gallop_deg", "front end raised, galloping", "°", "", ""),
    ("head_nod_walk_h", "head against hips up and down, walking", "h", "", ""),
    ("head_nod_gallop_h", "head against hips up and down, galloping", "h", "", ""),
    ("tail_nod_gallop_h", "tip of the tail against hips, galloping", "h", "", ""),
    ("bounces_as_expected", "strides that bounce as often as they do", "", "", ""),
    ("stride_to_stride_deg", "difference of successive strides", "°", "", ""),
    ("hover_walk_share", "feet standing in the air, walking", "", "", ""),
    ("hover_gallop_share", "feet standing in the air, galloping", "", "", ""),
    ("swing_humps_share", "swings that come down twice", "", "", ""),
    ("clearance_h", "height of the swing, median", "h", "", ""),
    ("stability_ratio", "stability, 10 min", "", "", "≤ 1.1"),
    ("unseen_ratio", "unseen bodies over seen, mean", "", "", "≤ 1.3"),
    ("unseen_worst", "unseen bodies over seen, worst", "", "", ""),
)
"""Key, words, unit, anchors, target."""

SYSTEMS: Final = {
    "ours": "ours",
    "raw": "raw network",
    "plan_ik": "plan + IK",
    "loop": "loop slid",
    "floor": "floor",
}

DEFINITIONS: Final = {
    "world": "everything is measured with hips half a metre high and times by the square root of "
    "that: cm/s at h = 0.5 m, × √(h / 0.5 m) for another size",
    "path_deviation": "horizontal distance of the middle between hips and base of the neck, "
    "averaged over 0.5 s, to the path near the monotone progress, from the first second on",
    "slip": "horizontal speed of the slowest paw within 5 % of h over where it stands, mean over "
    f"frames; walking 0.25 to {WALKS_BELOW_M_S:.2f} m/s, galloping from {GALLOPS_FROM_M_S:.2f} m/s "
    "on; medians beside",
    "zhang_skate": "v (2 − 2^(H / 2.5 cm)) over all paws, H held within 0 and 2.5 cm, moving",
    "flat_glide": "way of one paw while it is less than 8 mm up, largest of a walk; share of walks "
    "above 8 % of h",
    "label_drift, label_height": "how far a paw moves in a stance, and how far it is off the "
    "ground, by the motion's own account of its contacts",
    "contacts": "found from the motion alone, the same for all: a paw within 5 % of h and slower "
    f"than {STANDS_BELOW:g} of the trunk's speed (or {SLOWEST_M_S:g} m/s); spells under 35 ms "
    "left out",
    "footfall_phase_error, duty_error": "first contacts (left hind = 0, right leads) and duty; "
    "mean signed difference over the steady strides (speed within 25 %) of a gait and family at "
    "their own Froude numbers; the largest over feet of walks and gallops; canines against dogs, "
    "hoofed bodies against the published patterns; …_dogs: all bodies against dogs (gallops of "
    "canines alone); …_plan: stride by stride against what was planned, mean",
    "dogs_published": "without recordings dogs are the figures as published: walks LF .06–.18, RH "
    ".49–.51, RF .55–.73, duty fore .58–.68, hind .54–.66; gallops RH .82–.85, LF .16–.21, RF "
    ".33–.38, duty fore .28–.31, hind .22–.29; inside of an interval nothing differs",
    "stride_law": "mean of |λ / h / (2.4 Fr^0.34) − 1| over all strides of the ramp",
    "gait_change_strides": "strides around a change in which some foot lands more than .12 of a "
    "stride off both gaits; changes less than two strides apart are one, gaits between allowed",
    "tiny_steps": "steps shorter than 0.4 of the mean of the same foot's step before and after, "
    "while the plan keeps moving",
    "change_jerk": "mean jerk of all joints in the change, a stride at least, over that of the two "
    "strides before; …_to_both: over the larger of before and after",
    "frechet": "5 instants in 0.5 model seconds of feet, hip joints, base of the neck and head: "
    "positions and velocities (× 0.5 s), along the heading and over the ground, mirrored too, in "
    "hundredths of h; 16 principal components of the reference, re-weighted to the same speeds; "
    "standing left out; not squared, frechet² = mean² + spread²; held-out synthesis is of the same "
    "bodies, and some bodies are held against their own alone",
    "reach": "distance from hip joint, or top of the shoulder blade, to paw over the segments' "
    "lengths; the top of the blade is virtual on some bodies",
    "reach_over_standing, knee_in_stance": "the same over that of the standing body (free hoofed "
    "rigs stand at .99); how much more than standing the knees of hoofed front legs are bent while "
    "they carry",
    "stretch": "largest difference of a bone from the standing body's, in the animal's own cm",
    "pops": "second differences of the legs' joint angles, as between frames at 60 Hz of the "
    "model's time",
    "head_jitter": "distance of the head from a cubic through 0.15 s around it",
    "legs_meet": "lower legs nearer than 3.5 % of h; paws_meet: a hind paw within 7 % of h of the "
    "front paw of its side while one is in the air; tail_in_legs: tail within 3.5 % of a hind leg",
    "bounces_as_expected": "share of strides whose hips go up twice (walk, trot) or once (gallop)",
    "bounce, sway": "way of the hips up and down, and from side to side, in a stride; mean over "
    "strides on level ground, sway over those that turn by less than .12 rad",
    "hover": "part of the frames in which a foot is slow enough to carry, but over 5 % of h up",
    "swing_humps": "share of swings on level ground in which a foot falls by 1.5 % of h and rises "
    "by as much again before it lands",
    "stability_ratio": "frechet of the last minute over that of the first, of ten minutes of "
    "random path whose last minute asks for the same as the first",
    "unseen_ratio": "mean over the measures of unseen bodies' figures over the seen ones', "
    "which count as a quarter of the target at least; unseen_worst: the largest of them",
    "loop": "of the body, or of the most similar one of its family, played by that animal",
    "floor": "every other five seconds of the reference against those between; its other measures "
    "over all of it",
}
_WIDTH: Final = 150


def print_table(results: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what was measured beside anchors and targets."""
    shown = [name for name in SYSTEMS if isinstance(results.get(name), Mapping)]
    table = Table(title="Four legs: what was measured")
    table.add_column("measure")
    table.add_column("unit")
    for name in shown:
        table.add_column(SYSTEMS[name], justify="right", style="bold" if name == "ours" else "")
    table.add_column("anchors", style="dim")
    table.add_column("target")
    for key, label, unit, anchors, target in ROWS:
        found = [show(results[name].get(key)) for name in shown]
        table.add_row(label, unit, *found, anchors, target)
    out = console or Console()
    (out if out.is_terminal else Console(width=_WIDTH, file=out.file)).print(table)


def markdown_table(results: Mapping[str, Any], keys: Sequence[str] = ()) -> str:
    """The same as a Markdown table, for a model's card.

    Args:
        results: what ``evaluate quadruped --json`` wrote.
        keys: which measures; all that some row has, if none are given.
    """
    shown = [name for name in SYSTEMS if isinstance(results.get(name), Mapping)]
    head = ["measure", *(SYSTEMS[name] for name in shown), "target"]
    lines = [head, ["---", *["---:"] * len(shown), "---"]]
    for key, label, unit, _, target in ROWS:
        values = [results[name].get(key) for name in shown]
        if (keys and key not in keys) or all(value is None for value in values):
            continue
        words = f"{label.strip()} ({unit})" if unit else label.strip()
        lines.append([words, *map(show, values), target or "–"])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def markdown_footfalls(results: Mapping[str, Any], system: str = "ours") -> str:
    """First contacts and duty by family and gait as a Markdown table.

    Args:
        results: what ``evaluate quadruped --json`` wrote.
        system: which row's.
    """
    head = ["gait", "LF", "RH", "RF", "duty hind", "duty fore", "strides a second", "Fr"]
    lines = [head, ["---", *["---:"] * 7]]
    for gait, found in results[system]["footfalls"].items():
        phases, duties = found["phases"], found["duties"]
        ends = [(duties[f"left_{end}"] + duties[f"right_{end}"]) / 2 for end in ("hind", "fore")]
        feet = [phases[foot] for foot in ("left_fore", "right_hind", "right_fore")]
        numbers = [*feet, *ends, found["stride_hz"], found["froude"]]
        lines.append([gait, *(f"{number:.2f}" for number in numbers)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def show(value: float | int | None) -> str:
    """A number with three digits; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    size = abs(value)
    return f"{value:.{3 if size < 1 else 2 if size < 10 else 1}f}"
