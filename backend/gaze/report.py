"""The table of what was measured of gaze, beside the targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from blender_addon.core.gaze.events import ROLES

from .baselines import BASELINES
from .by_size import OURS

DEFINITIONS = {
    "nll": "negative log-likelihood of an event (direction in rad², logarithms of duration and "
    "pause) given all before it of the same person, mean over events of people never trained on; "
    "durations and pauses dequantised, averaged over two draws; the pause counts where no break "
    "precedes",
    "nll_gmm": "independent events: a Gaussian mixture with full covariances for each role",
    "nll_markov": "first-order Markov chain on a grid with smoothed counts, durations by role, "
    "pauses by amplitude (Eyes Alive style)",
    "nll_markov_mixture": "first-order Markov by a Gaussian mixture over an event and the one "
    "before, for each role; sizes of all three chosen on the people kept for validation",
    "nll_cache": "memory of places: the latest fixation, the fifteen before it and the role's "
    "mixture, each with normal densities of four widths, weights by role; durations and pauses by "
    "role and by how far the eye goes",
    "by_size": "the same over shifts of less than 1 degree, of 1 to 5, of 5 degrees and more from "
    "the fixation before; nll of the whole event, direction_nll of its direction alone. Pieces of "
    "one fixation are joined before",
    "gain_ge5_over_best_nat": "of shifts of 5 degrees and more, how much better ours predicts the "
    "event than the better of the role mixture and the memory of places; direction_ of its "
    "direction alone",
    "gain_lt1_over_cache_nat": "of shifts below 1 degree, over the memory of places",
    "ks": "Kolmogorov-Smirnov distance between ten characters of one minute a role, nobody but the "
    "partner before them, and people held out; mean over roles; durations of fixations, amplitudes "
    "and directions (angle from -180 to 180 degrees) of saccades without a break",
    "floor": "the same distance between people held out and people trained on",
    "partner_share": "share of the time of fixations within 5 degrees of the partner's face, which "
    "is taken to be where the person's median is; mean over people",
    "rate_hz": "fixations in a second of fixations and pauses, breaks not counted; mean over "
    "people",
    "data_": "of the people held out; trained_ of those trained on",
    "turn_taking_auc": "gaze within 5 degrees of the partner as a sign that the own turn ends "
    "within 2 s, against the rest of own turns: area under the curve; eight characters of two "
    "minutes, given two voices that take turns of 4 to 20 s; turn_taking_auc_data of people held "
    "out, whose turns are stretches of speaking",
    "main_sequence_slope": "duration of saccades over amplitude, ms a degree, found again in the "
    "frames of the whole pipeline; Bahill et al. 1975: 2.2",
}
_TABLE_WIDTH = 110


def print_gaze(results: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what was measured beside the targets."""
    console = console or Console()
    console = console if console.is_terminal else Console(width=_TABLE_WIDTH)
    if "behaviour" in results:
        console.print(_likelihoods(results["behaviour"]))
        console.print(_sizes(results["behaviour"], "Likelihood by size of shift"))
        console.print(_distances(results["behaviour"]))
        console.print(_shares(results["behaviour"]))
        console.print(_turns(results["behaviour"]))
    if "folds" in results:
        console.print(_folds(results["folds"]))
        console.print(_sizes(results["folds"], "By size of shift, everybody held out once"))
    if "eye_head" in results:
        console.print(_eye_head(results["eye_head"]))
    if "main_sequence_slope" in results:
        console.print(_main_sequence(results))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column("measure")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _likelihoods(found: Mapping[str, Any]) -> Table:
    people = ", ".join(found["people"])
    table = _table(f"Likelihood of the next fixation ({people})", "nat an event", "ours better by")
    table.add_row("ours", _show(found["nll"]), "")
    for key, label in _BASELINES.items():
        chosen = found["chosen"].get(key, "–")
        target = " (≥ 0.6)" if key in ("nll_gmm", "nll_markov") else ""
        gain = _gain(found[key], found["nll"])
        table.add_row(f"{label}\n  {chosen}", _show(found[key]), gain + target)
    return table


def _sizes(found: Mapping[str, Any], title: str) -> Table:
    systems = (OURS, *BASELINES)
    labels = ("ours", "mixture", "places", "Markov grid", "Markov mixture")
    table = _table(title, "fixations", *labels)
    for size, label in _SIZES.items():
        row = found["by_size"][size]
        for key, what in (("nll", "whole event"), ("direction_nll", "direction")):
            numbers = (_show(row[s][key] if s in row else None) for s in systems)
            table.add_row(f"{label}, {what}", str(row["fixations"]), *numbers)
    for key, label in _GAINS.items():
        if key in found:
            table.add_row(label, "", _show(found[key]))
    return table


_SIZES = {"lt1": "below 1°", "1to5": "1° to 5°", "ge5": "5° and more"}
_GAINS = {
    "gain_ge5_over_best_nat": "5° and more, better by (≥ 0.25)",
    "direction_gain_ge5_over_best_nat": "  in direction alone",
    "gain_lt1_over_cache_nat": "below 1°, better than places by (≥ 0)",
    "direction_gain_lt1_over_cache_nat": "  in direction alone",
}


_BASELINES = {
    "nll_gmm": "independent mixture for each role",
    "nll_cache": "memory of the last 16 places",
    "nll_markov": "Markov chain on a grid",
    "nll_markov_mixture": "Markov mixture",
}


def _gain(baseline: float | None, ours: float) -> str:
    return "–" if baseline is None else f"{baseline - ours:.2f}"


def _distances(found: Mapping[str, Any]) -> Table:
    table = _table("Kolmogorov–Smirnov distance", "ours", "floor", "ratio", "target")
    for name in ("duration", "amplitude", "direction"):
        ours, floor = found[f"ks_{name}"], found[f"floor_{name}"]
        table.add_row(name, _show(ours), _show(floor), _show(_over(ours, floor)), "≤ 1.5")
    return table


def _shares(found: Mapping[str, Any]) -> Table:
    table = _table("Time on the partner, fixations a second", "ours", "held out", "trained on")
    for what, label in (("partner_share", "share"), ("rate_hz", "rate, Hz")):
        for role in ROLES:
            if f"{what}_{role}" in found:
                keys = (f"{whose}{what}_{role}" for whose in ("", "data_", "trained_"))
                table.add_row(f"{label}, {role}", *(_show(found.get(key)) for key in keys))
    return table


def _turns(found: Mapping[str, Any]) -> Table:
    table = _table("Looks at the partner where own turns end", "ours", "held out", "target")
    ours, people = found.get("turn_taking_auc"), found.get("turn_taking_auc_data")
    label = f"area under the curve ({found.get('turn_ends_data', 0)} turns held out)"
    table.add_row(label, _show(ours), _show(people), "≥ held out − 0.05")
    for key, label in _TURNS.items():
        table.add_row(label, _show(found.get(key)), "", "")
    return table


_TURNS = {
    "partner_share_turn_end": "share on the partner, last 2 s of a turn",
    "partner_share_elsewhere": "  the rest of it",
    "partner_share_turn_start": "  its first second",
}


def _folds(found: Mapping[str, Any]) -> Table:
    table = _table(
        "Each person predicted by networks and baselines that never saw them",
        "ours", "mixture", "places", "Markov grid", "Markov mixture",
    )  # fmt: skip
    keys = ("nll", *(f"nll_{name}" for name in BASELINES))
    for name, person in found["people"].items():
        table.add_row(name, *(_show(person[key]) for key in keys))
    table.add_row("all events", *(_show(found[key]) for key in keys), style="bold")
    return table


def _eye_head(found: Mapping[str, Any]) -> Table:
    names = ", ".join(found.get("recordings", ()))
    table = _table(f"Eye in head, mean absolute error ({names})", "degrees", "target")
    for key, label, target in (
        ("mae_deg", "ours", "≤ 0.8 × the better of rule and filter"),
        ("mae_rule_deg", "rule: the eye takes what the head has not", ""),
        ("mae_linear_deg", "linear filter", ""),
        ("mae_published_deg", "published eye–head model", ""),
        ("eye_over_formula", f"what moves heads ({found.get('heads')}), over the published model",
         "≤ 0.95, or 1 for the model itself"),
    ):  # fmt: skip
        table.add_row(label, _show(found.get(key)), target)
    return table


def _main_sequence(found: Mapping[str, Any]) -> Table:
    table = _table("Main sequence", "ours", "Bahill et al. 1975", "target")
    slope, bahill = found["main_sequence_slope"], found["main_sequence_bahill"]
    table.add_row("slope, ms a degree", _show(slope), _show(bahill), "within 15 %")
    return table


def _over(a: float, b: float | None) -> float | None:
    return a / b if b else None


def _show(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.{3 if abs(value) < 10 else 1}f}"
