"""What the bench found, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure.

    Args:
        key: its name in the JSON.
        title: what it is.
        value: the figure; None if it could not be measured, see ``note``.
        unit: ms, µs or s.
        target: not to be exceeded; None for figures to compare with.
        ours: key of our figure for the same thing, where this row is another way of doing it.
        note: why there is no value, or what it is.
        at_least: the target is not to be fallen short of instead.
    """

    key: str
    title: str
    value: float | None
    unit: str
    target: float | None = None
    ours: str | None = None
    note: str = ""
    at_least: bool = False

    @property
    def misses_target(self) -> bool:
        """Whether there is a figure, and it is on the wrong side of the target."""
        if not self.target or self.value is None:
            return False
        return self.value < self.target if self.at_least else self.value > self.target


class Section(Enum):
    """Parts of the table, in its order."""

    STEP = "what the networks, and all around them, take"
    LOAD = "loading"
    MINUTE = "a minute, keys included"
    EDIT = "editing motion, without keys"
    PRODUCT = "what an animator waits for"
    BATCH = "many shots, and long ones"
    RATIO = "our own code next to what it cannot do without; holds on a busy machine too"


@dataclass(frozen=True)
class Batches:
    """One call of several sizes, on each provider.

    Args:
        key: its name in the JSON.
        title: of its table.
        median_ms: of the whole call, by provider and size.
    """

    key: str
    title: str
    median_ms: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Figures:
    """What a capability, or the product as a whole, can measure.

    Part by part in the table's order, so that what one leaves behind in the process, such as a
    scene in Blender, is the same for whatever comes after it.

    Args:
        rows: takes the figures of a part of the table.
        batches: takes those of tables of their own.
        extra: what else goes into the JSON.
        cancel_s: takes the time from being told to stop until its jobs have ended, at most; None
            if it cannot be taken.
    """

    rows: Mapping[Section, Callable[[], Sequence[Row]]]
    batches: Callable[[], Sequence[Batches]] = tuple
    extra: Mapping[str, Any] = field(default_factory=dict)
    cancel_s: Callable[[], float] | None = None


def take_rows(figures: Sequence[Figures]) -> list[Row]:
    """Take their figures part by part of the table; in each as they come."""
    return [row for part in Section for each in figures for row in each.rows.get(part, tuple)()]


@dataclass
class Report:
    """All figures of one run.

    Args:
        rows: figures for the table and the top level of the JSON.
        batches: tables of their own.
        extra: what else goes into the JSON.
    """

    rows: list[Row] = field(default_factory=list)
    batches: list[Batches] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def value(self, key: str | None) -> float | None:
        """The figure of a key, None where it was not measured."""
        return next((row.value for row in self.rows if row.key == key), None)

    def ratio(self, row: Row) -> float | None:
        """How many times as long as ours this row took."""
        ours = self.value(row.ours)
        return row.value / ours if ours and row.value else None

    def to_json(self) -> dict[str, Any]:
        """Figures by key, ratios, targets missed, and where they were taken."""
        ratios = {row.key: self.ratio(row) for row in self.rows if row.ours}
        missed = [row.key for row in self.rows if row.misses_target]
        return {
            **{row.key: row.value for row in self.rows},
            "times_as_long_as_ours": ratios,
            "targets": {row.key: row.target for row in self.rows if row.target},
            "targets_missed": missed,
            **{
                table.key: {
                    provider: {str(size): ms for size, ms in sizes.items()}
                    for provider, sizes in table.median_ms.items()
                }
                for table in self.batches
            },
            **self.extra,
        }

    def write(self, path: Path) -> None:
        """Write the JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=2, allow_nan=False) + "\n", "utf-8")


def describe_machine() -> dict[str, Any]:
    """Where figures were taken; other work on the machine shows in the load."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor_name(),
        "cores": os.cpu_count(),
        "load_before": None if load is None else round(load, 2),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def _processor_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def print_report(report: Report, console: Console) -> None:
    """Print the table of figures and those of batches."""
    machine = report.extra["machine"]
    table = Table(
        title=f"{machine['processor']}, {machine['cores']} cores, {report.extra['provider']}"
    )
    for name, side in (
        ("", "left"),
        ("median", "right"),
        ("target", "right"),
        ("compared", "left"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for row in report.rows:
        table.add_row(row.title, _show_value(row), _show_target(row), _show_ratio(report, row))
    console.print(table)
    for batches in report.batches:
        _print_batches(batches, console)
    if machine["load_before"] and machine["load_before"] > 0.5:
        console.print(
            f"The machine was busy (load {machine['load_before']}): figures are too high."
        )


def _show_value(row: Row) -> str:
    return "–" if row.value is None else f"{_digits(row.value)} {row.unit}"


def _show_target(row: Row) -> str:
    if row.target is None:
        return ""
    shown = f"{'≥' if row.at_least else '≤'} {row.target:g}"
    if row.value is None:
        return shown
    return f"[{'red' if row.misses_target else 'green'}]{shown}[/]"


def _show_ratio(report: Report, row: Row) -> str:
    ratio = report.ratio(row)
    parts = [f"{ratio:.1f} × ours"] if ratio else []
    return "; ".join([*parts, row.note] if row.note else parts)


def _digits(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"


def _print_batches(batches: Batches, console: Console) -> None:
    table = Table(title=batches.title)
    table.add_column("")
    sizes = sorted({size for times in batches.median_ms.values() for size in times})
    for size in sizes:
        table.add_column(f"batch {size}", justify="right")
    for provider, times in batches.median_ms.items():
        shown = {size: _digits(1e3 * ms / size) for size, ms in times.items()}
        table.add_row(provider, *(shown.get(size, "–") for size in sizes))
    console.print(table)
