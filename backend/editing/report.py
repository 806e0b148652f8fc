"""Prints what ``backend evaluate editing`` measured, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

DEFINITIONS: Final = {
    "cm": "mean distance of the joints from the recorded ones, in what was filled or cleaned, cm",
    "l2p": "global positions normalised by the training set, as LAFAN1's benchmark measures them",
    "l2q": "global quaternions, as LAFAN1's benchmark measures them",
    "npss": "normalised power spectrum similarity, 0 for the same spectrum",
    "slip_ratio": "speed of the carrying foot over that of the recording",
    "jerk_ratio": "mean jerk of the joints over that of the recording",
    "end_error": "largest difference of a rotation at the ends of what was filled, radians",
    "undamaged_deg": "largest change of a joint of a clip that needs no cleaning, degrees",
    "undamaged_mm": "largest change of a position of a clip that needs no cleaning, mm",
    "reconstruction_cm": "mean distance of the joints after encoding and decoding, cm",
    "frechet": "Fréchet distance (not squared) of what a model makes to what it learned from, "
    "places and speeds of joints, cm; the floor is that of held-out motion",
    "diversity": "mean distance between results, in the same features",
    "coverage": "share of held-out motion that has a result near it, 0 … 1; the floor is that of "
    "recorded motion",
    "diversity_ratio": "distance between variants over that between takes of one action by one "
    "person",
    "frechet_ratio": "Fréchet distance of variants to recorded motion over that of their originals",
    "contacts_kept": "share of the frames of contact that stay contacts, 0 … 1",
    "classifier": "share of seconds in which a judge of real clips names the wanted manner, 0 … 1",
    "classifier_baseline": "the same of the better of source unchanged and posture copied",
    "seam": "what betrays a seam, over what the recorded motion in its place has of its own, cm; "
    "0 for a recording: kink_cm + slip_cm + strange_cm + dead_cm",
    "seam_crossfade": "the same of a cross-fade of ten frames at the same cut, by the hips; "
    "seam_crossfade_naive: at the ends as they are",
    "seam_best_slerp": "the least of many cuts of any start and length, filled by SLERP",
    "kink_cm": "worst second difference, cm per frame² at 30 Hz, root mean square over joints",
    "slip_cm": "of the carrying foot, as the way in ten frames",
    "strange_cm": "how far the strangest half second is from the nearest of anybody else's "
    "recordings, positions and velocities, root mean square",
    "dead_cm": "what joints move less than recorded, in ten frames",
    "purity": "share of the ten nearest windows of other clips with the same label, 0 … 1",
}
_ALL: Final = "all"
_AT_ONCE: Final = 5


def print_results(results: Mapping[str, Any]) -> None:
    """A table for each part that was measured."""
    console = Console()
    for key, value in results.items():
        if key == "definitions" or value is None:
            continue
        if isinstance(value, Sequence) and not isinstance(value, str):
            for table in _tables(key, value):
                console.print(table)
        elif isinstance(value, Mapping):
            rows = {name: inner for name, inner in value.items() if isinstance(inner, list)}
            console.print(_measures(key, {n: v for n, v in value.items() if n not in rows}))
            for name, inner in rows.items():
                for table in _tables(f"{key} · {name}", inner):
                    console.print(table)
        else:
            console.print(f"{key}: {_number(value)}")


def _tables(key: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """Rows of all labels together, a few measures at a time; the JSON has those of each label."""
    shown = [row for row in rows if row.get("label", _ALL) == _ALL] or list(rows)
    columns = list(dict.fromkeys(name for row in shown for name in row))
    naming = [
        name for name in columns if all(isinstance(row.get(name), str | int) for row in shown)
    ]
    measured = [name for name in columns if name not in naming]
    for start in range(0, max(len(measured), 1), _AT_ONCE):
        chosen = [*naming, *measured[start : start + _AT_ONCE]]
        table = Table(*chosen, title=key if start == 0 else None)
        for row in shown:
            table.add_row(*(_number(row.get(name)) for name in chosen))
        yield table


def _lists(measures: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Rows among measures."""
    for name, value in measures.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield name, value


def _measures(key: str, measures: Mapping[str, Any]) -> Table:
    table = Table(key, "")
    for name, value in measures.items():
        if isinstance(value, list):
            continue
        if isinstance(value, Mapping):
            for inner, number in value.items():
                table.add_row(f"{name} · {inner}", _number(number))
        else:
            table.add_row(name, _number(value))
    return table


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
