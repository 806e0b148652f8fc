"""What each measure of speech means, what it should be, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from .filmed import MOUTH, UPPER

RIDGE: Final = "ridge"
MEASURED: Final = "measured"
DEFINITIONS: Final = {
    "ways": "network: what the network says, uncorrected, 0 … 1. scene: what an animator gets with "
    "the usual settings, lips corrected and silence at rest. Ridge regression is uncorrected "
    "in both",
    "ridge": "ridge regression on the encoder's features, seven vectors 40 ms apart (240 ms), "
    "fitted to GRID's training sentences (curves and lips) and to FACEGOOD's training recordings "
    "(curves); its opening is what it says of the lips, not of curves",
    "measured": "the measured faces themselves as if a model had made them: what the map from "
    "curves to lips loses, and what a perfect face would score",
    "grid_other_opening_r, grid_other_drop_r, grid_other_width_r": "network. Correlation with the "
    "measured lips, mean of the sentences of speakers never trained on, in the model's usual "
    "style. Curves become opening, nose to chin and width of the mouth, in eye distances, by one "
    "linear map fitted to GRID's training sentences ('lip_map'); ridge says them directly",
    "grid_val_nrmse": "network, in GRID's style. Root mean square error over standard deviation "
    "over all frames, mean of jawOpen, mouthPucker, opening, width and drop; sentences of the "
    "speaker that was trained on",
    "onset_bpm_auc": "scene. ROC AUC of the least lip opening within 60 ms of the start of a word, "
    "words in /p b/ against all others (GRID has no word in /m/)",
    "facegood_rmse_over_ridge": "network. Over frames and active channels (those that move in the "
    "training recordings), each recording in the mean style of its own session's others; over "
    "that of ridge regression on 520 ms of autocorrelations, as before",
    "facegood_rmse_over_encoder_ridge": "the same over ridge regression on the encoder's features",
    "facegood_jaw_r": "network. Correlation of jawOpen over time, mean of the recordings",
    "english_lips_auc": "scene, 60 frames a second. ROC AUC of the mean lip opening within a "
    "phone, /p b m/ against all other phones; opening = jawOpen − mouthClose + ¼ (lower down, "
    "upper up; both sides) + 0.15 funnel − ¼ (press, both sides; rolls)",
    "english_jaw_auc": "scene. ROC AUC of the mean jawOpen of a vowel, open against close ones",
    "silence_open": "scene. Mean opening, of a fully opened jaw, nothing below 0, in pauses of "
    "more than 0.5 s but for their first 0.3 s (settling) and the last 0.9 s before a phrase "
    "(breath); the greater of GRID's sentences and of English with 2 s of silence after each",
    "lve": "network. Lip error on weights: size of the error of the jaw's and mouth's "
    f"{MOUTH.sum()} channels, mean over frames, then over GRID's validation sentences, in GRID's "
    "style (FaceDiffuser's compute_objective_metrics_blendshape)",
    "fdd": "network. Upper-face dynamics deviation on weights: of the "
    f"{UPPER.sum()} channels of lids and brows, not of where the eyes look, the standard deviation "
    "over time of the sum of squares, measured less predicted; mean size over the same sentences "
    "(there: ABS FDD)",
    "diversity": "network. Mean distance, over the same channels as lve, of ten variations of a "
    "word over that of the speaker's own sayings of it in the training sentences",
    "lag_frames": "network. Shift of the highest cross-correlation of jawOpen with FACEGOOD's "
    "recordings, 30 frames a second; lag_frames_grid: with GRID's, 25",
    "jerk_ratio": "network. Mean size of the third difference of active channels over FACEGOOD's; "
    "jerk_ratio_grid: of jaw and mouth over GRID's, both smoothed by [1 2 1]/4",
    "head_pitch_range": "network. Range of the head's pitch in a sentence over the measured one",
    "bilabials_shut, bilabials_open, bilabials_all": "scene, on the published human mesh: of the "
    "/p b m/ of the English sentences those whose least gap between the lips within the phone, "
    "half a frame around it included, is at most 0.02 of that of jawOpen = 1; above 0.06; all. "
    "30 frames a second, others beside. The gap is the greater of that in the middle and the mean "
    "over the middle half of the mouth of what opens beyond rest",
}

_Target = tuple[str, Callable[[float, Mapping[str, Any]], bool]]


def _least(bound: float) -> _Target:
    return f"≥ {bound:g}", lambda value, _: value >= bound


def _most(bound: float) -> _Target:
    return f"≤ {bound:g}", lambda value, _: abs(value) <= bound


def _between(low: float, high: float) -> _Target:
    return f"{low:g} – {high:g}", lambda value, _: low <= value <= high


def _over_ridge(key: str, more: float) -> _Target:
    return (
        f"≥ ridge + {more:g}",
        lambda value, ridge: ridge.get(key) is None or value >= ridge[key] + more,
    )


TARGETS: Final[Mapping[str, _Target]] = {
    "grid_other_opening_r": _over_ridge("grid_other_opening_r", 0.03),
    "grid_other_drop_r": _over_ridge("grid_other_drop_r", 0.02),
    "grid_other_width_r": _over_ridge("grid_other_width_r", 0.05),
    "grid_val_nrmse": _most(0.45),
    "onset_bpm_auc": _least(0.90),
    "facegood_rmse_over_ridge": _most(0.88),
    "facegood_jaw_r": _least(0.78),
    "english_lips_auc": _least(0.92),
    "english_jaw_auc": _least(0.96),
    "silence_open": _most(0.02),
    "lag_frames": _most(1),
    "jerk_ratio": _between(0.8, 1.2),
    "bilabials_shut": _least(22),
    "bilabials_open": _most(0),
}
_DIFFUSION: Final = "diffusion: {} regression's"
_RELATIVE: Final = {
    "lve": _DIFFUSION.format("≤ 1.05 ×"),
    "fdd": _DIFFUSION.format("≤ 0.5 ×"),
    "diversity": "diffusion: 0.3 – 1",
}


def print_results(results: Mapping[str, Any], console: Console) -> None:
    """The measures of all that were measured side by side, with their targets; misses are red."""
    rows = results["models"]
    table = Table(title="Speech to face")
    for title in ("measure", *rows, "target"):
        table.add_column(title)
    for key in dict.fromkeys(key for row in rows.values() for key in row):
        cells = [_cell(key, name, row, rows) for name, row in rows.items()]
        told = TARGETS[key][0] if key in TARGETS else _RELATIVE.get(key, "")
        table.add_row(key, *cells, told)
    console.print(table)
    for name, why in results["skipped"].items():
        console.print(f"{name} was not measured: {why}")


def _cell(
    key: str, name: str, row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> str:
    value = row.get(key)
    if value is None:
        return ""
    judged = name not in (RIDGE, MEASURED)
    missed = judged and key in TARGETS and not TARGETS[key][1](value, rows.get(RIDGE, {}))
    missed |= name == "diffusion" and _misses(key, value, rows.get("regression", {}))
    return f"[red]{value}[/red]" if missed else str(value)


def _misses(key: str, value: float, regression: Mapping[str, Any]) -> bool:
    """Whether the diffusion model misses what it must be beside the regression."""
    if key == "diversity":
        return not 0.3 <= value <= 1.0
    factor = {"lve": 1.05, "fdd": 0.5}.get(key)
    other = regression.get(key)
    return bool(factor is not None and other is not None and value > factor * other)
