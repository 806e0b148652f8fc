"""All measures of this package in one call, how they are defined, and their rows and targets."""

from __future__ import annotations

from collections.abc import Sequence

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import join_windows

from ..metrics import Performance, windows_of
from .feet import measure_glides, measure_soles, measure_swings
from .knees import measure_knees, measure_pops
from .motion import Motion
from .pooling import Number
from .stairs import measure_stairs
from .standing import measure_idle, measure_stops
from .strides import measure_strides
from .turning import measure_turning
from .ways import is_short

_MEASURES = (
    measure_glides,
    measure_stops,
    measure_pops,
    measure_swings,
    measure_knees,
    measure_strides,
    measure_idle,
    measure_turning,
    measure_stairs,
    measure_soles,
)

# Key, label, unit, people on the same skeleton (71 captured takes), target.
LOOK_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("flat_glide_share", "walks with a flat glide > 4 cm", "", ".03", "≤ 0.02"),
    ("flat_glide_max_cm", "  the longest", "cm", "7", "≤ 4"),
    ("stop_dip_max_cm", "dip before standing, largest", "cm", "7.5", "≤ 7.5"),
    ("pop_p999", "pops of knee and ankle, 99.9 %", "°/frame²", "11.8", "≤ 11.8"),
    ("pop_max", "  the largest", "°/frame²", "19", "≤ 19"),
    ("swing_toe_cm", "toe height at mid-swing", "cm", "4.5 ± .8", "≥ 3.9"),
    ("heel_rise_cm", "heel rise", "cm", "15.4", "≥ 14.7"),
    ("contact_pitch_deg", "foot pitch at contact", "°", "17 ± 3", "≥ 12"),
    ("knee_standing_deg", "knees standing", "°", "0–5", "≤ 6"),
    ("knee_midstance_deg", "knees at mid-stance, 1.3 m/s", "°", "10–15", "≤ 17"),
    ("stride_variety_deg", "stride to stride", "°", "1.65", "≥ 1.2"),
    ("arm_asymmetry", "left against right arm swing", "", ".35", "≥ 0.15"),
    ("style_spread_deg", "spread of styles", "°", "4.3", "≥ 3.4"),
    ("trunk_pitch_deg", "trunk pitch range in a stride", "°", "3.8", "≥ 3"),
    ("idle_head_cm", "head travel standing, 1.8 s", "cm", "2–4", "2–4"),
    ("idle_head_deg", "head turn standing, 1.8 s", "°", "2.7–6.2", "2.7–6.2"),
    ("corner_roll_deg", "trunk roll in sharp turns", "°", "4–8", "≤ 8"),
    ("head_lead_s", "head leads into turns", "s", "0.2–0.4", "0.2–0.4"),
    ("treads_per_step", "treads a step on stairs", "", "1", "≤ 1.1"),
    ("sole_mean_cm", "soles' depth, mean", "cm", "–", "≤ 0.5"),
    ("sole_max_cm", "  the deepest", "cm", "–", "≤ 1.5"),
    ("jerk_ratio_short", "jerk ratio on short ways", "", ".95", "≥ 0.85"),
)
LOOK_DEFINITIONS = {
    "looks": "every measure below is over the suite and 34 more walks on level ground (straight at "
    "0.8 to 1.6 m/s, curves, stops, short ways), each with its number as seed; floor: held-out "
    "takes, for standing held-out takes of people who stand too. None: nothing to measure. Speed "
    "and heading are averaged over 0.5 s; heights are over the planted height of heel (ankle) and "
    "toe (ball); standing is under 0.2 m/s for 0.25 s; walking is from 0.5 m/s on. A foot lands "
    "where its heel is furthest ahead of the hips and leaves where its toe is furthest behind them "
    "(Zeni 2008); angles of a limb are of its two joints seen along hips and shoulders",
    "flat_glide_share": "share of walks on level ground (hips get half a metre away) with a glide "
    "of more than 4 cm: how far a foot gets, while heel AND toe are within 8 mm of planted height "
    "without a break of over 2 frames, from where it was when that began, of heel and toe the one "
    "that moves less; ends where the foot rests (under 5 cm/s for 6 frames) between two movements",
    "flat_glide_max_cm": "the farthest of these glides",
    "stop_dip_max_cm": "hips under their median while walking (0.5 to 2.2 m/s), lowest in the last "
    "1.5 s before each standing that follows walking; the largest on level ground",
    "pop_p999": "second difference of knee and ankle angle at 60 frames a second, per frame that "
    "of the four angles that is largest; 99.9th percentile over level ground, pop_max the maximum",
    "swing_toe_cm": "toe height half-way in time between leaving and landing; 0.8 to 1.8 m/s on "
    "level ground, mean over swings whose ankle passes the other",
    "heel_rise_cm": "highest heel of each of these swings, from 5 frames before it begins; mean",
    "contact_pitch_deg": "foot pitch, toes up, 50 ms after the heel was furthest ahead, less that "
    "foot's median pitch while heel and toe are within 1 cm of planted height; mean",
    "knee_standing_deg": "flexion (0: thigh and shin in line), mean of both knees, median over "
    "frames of standing with both feet down, 0.25 s after walking and before it",
    "knee_midstance_deg": "flexion of the carrying knee as the other ankle passes; 1.1 to 1.5 m/s "
    "on level ground, mean",
    "stride_variety_deg": "mean absolute difference, over 32 phases and 18 angles (of each side "
    "thigh and upper arm forward and aside, knee, ankle, elbow; trunk and head forward and aside), "
    "of two successive strides of one foot that turn by under 12° and agree within 12 % in time "
    "and speed; level ground, under 2.2 m/s",
    "arm_asymmetry": "by what part of the lesser one the greater of the two upper arms' ranges "
    "forward and back is larger, over straight strides; 1 at most; mean over walks",
    "style_spread_deg": "standard deviation between walks of the mean right stride at 1.1 to 1.5 "
    "m/s in the same 32 phases and 18 angles, root mean square; from three walks on",
    "trunk_pitch_deg": "range of the pitch of the line from spine to neck in a straight stride; "
    "mean",
    "idle_head_cm": "farthest the head gets in 1.8 s of standing with both feet down from where it "
    "was at first; median over windows half over each other; idle_head_deg likewise the angle "
    "between where the face looks and where it looked",
    "corner_roll_deg": "largest angle of the line from hips to neck across the heading in sharp "
    "turns: the way turns by 50 to 220° at over 20°/s and somewhere over 60°/s; level ground",
    "head_lead_s": "shift at which the yaw of the head and that of hips and shoulders, 0.75 s "
    "before such a turn to 0.75 s after, differ least (variance); median over turns; positive: "
    "the head is first",
    "treads_per_step": "on stairs, treads between the landings of one foot and the other, by the "
    "lower of heel and toe 0.1 s after the heel was furthest ahead; mean over steps that go up, "
    "mean over those that go down, the larger of both",
    "sole_mean_cm": "depth of the deepest of heels' edges (5 cm behind the ankle, 8 cm under it) "
    "and toes' tips (7 cm ahead of the ball, 2 cm under it), each turned with its joint, below "
    "the ground as in penetration; mean over all frames of every ground; sole_max_cm the maximum",
    "jerk_ratio_short": "jerk_ratio over the walks whose path is 1 to 4.5 m long",
}


def measure_looks(performances: Sequence[Performance]) -> dict[str, Number]:
    """Every measure but the jerk ratio of short ways, over performances of any length."""
    motions = [Motion(performance) for performance in performances]
    found: dict[str, Number] = {}
    for measure in _MEASURES:
        found |= measure(motions)
    return found


def measure_short_ways(
    performances: Sequence[Performance], reference: NaturalnessReference
) -> dict[str, Number]:
    """Jerk ratio where starting and stopping is most of the way; None where no way is short."""
    windows = [windows_of(p) for p in performances if is_short(p)]
    ratio = reference.jerk_ratio(join_windows(windows)) if windows else None
    return {"jerk_ratio_short": ratio}
