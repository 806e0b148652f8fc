"""Prints what ``backend evaluate gesture`` measured, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

DEFINITIONS: Final = {
    "mse": "mean squared angle between generated and recorded rotations of all joints, degrees²",
    "epochs": "passes over the training takes until the held-out loss was least",
    "ape": "average position error: joints seen from the character, cm; mean and s.d. over "
    "sequences of 6 s",
    "acceleration": "mean length of the joints' acceleration, cm/s²; mean and s.d. over sequences",
    "jerk": "mean length of the joints' jerk, cm/s³; mean and s.d. over sequences",
    "beat_alignment": "AIST++ score of foot plants to quarters, sigma 50 ms, 0 … 1",
    "lock": "resultant of the feet's lead over the music's measure, 0 … 1",
    "fgd": "squared Fréchet distance in the latent of our own autoencoder",
}


def print_results(results: Mapping[str, Any]) -> None:
    """One table for each part that was measured."""
    console = Console()
    if rows := results.get("lstm"):
        console.print(_comparison(rows))
    for name in ("dance", "talk"):
        if measures := results.get(name):
            console.print(_measures(name, measures))


def _comparison(rows: Mapping[str, Mapping[str, float | None]]) -> Table:
    columns = list(next(iter(rows.values())))
    table = Table("lstm", *columns)
    for name, row in rows.items():
        table.add_row(name, *(_number(row[column]) for column in columns))
    return table


def _measures(name: str, measures: Mapping[str, Any]) -> Table:
    table = Table(name, "")
    for key, value in measures.items():
        if isinstance(value, Mapping):
            for inner, number in value.items():
                table.add_row(f"{key} · {inner}", _number(number))
        else:
            table.add_row(key, _number(value))
    return table


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
