"""What the tests of a part counted, out of the report that pytest writes for machines."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from .parts import PARTS, Part

_LONGEST = 2_000  # letters of a failure


@dataclass(frozen=True)
class PartResult:
    """What came of one part.

    Args:
        part: which.
        figures: by name; None where no test counted it.
        failures: a text each; empty if all is well.
        seconds: how long it took.
    """

    part: Part
    figures: dict[str, int | None]
    failures: tuple[str, ...]
    seconds: float


@dataclass
class Hardness:
    """All that was found so far."""

    results: list[PartResult] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every part was run, to its end, and nothing failed."""
        done = {result.part.name for result in self.results if not result.failures}
        return done == {part.name for part in PARTS}

    def facts(self) -> dict[str, object]:
        """As it stands in the file: every figure, None where it is not known."""
        known = {name: found for each in self.results for name, found in each.figures.items()}
        return {
            **{name: known.get(name) for part in PARTS for name in part.figures},
            "seconds": {each.part.name: round(each.seconds, 1) for each in self.results},
            "failures": {each.part.name: list(each.failures) for each in self.results},
        }

    def write(self, path: Path) -> None:
        """Write the facts, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            partial.write_text(json.dumps(self.facts(), indent=2) + "\n", encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def read_report(part: Part, report: Path, code: int, seconds: float) -> PartResult:
    """Take a report apart.

    Args:
        part: that was run.
        report: JUnit's XML; it is missing where pytest came to no end.
        code: pytest's exit code.
        seconds: how long it took.
    """
    try:
        cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 - written by ourselves
    except (OSError, ET.ParseError) as error:
        text = f"pytest ended with code {code} and left no report ({error})"
        return PartResult(part, dict.fromkeys(part.figures), (text,), seconds)
    figures = {name: _sum_of(name, cases) for name in part.figures}
    failures = _failures(cases)
    failures += [f"no test counted {name}" for name, found in figures.items() if found is None]
    if not cases or (code and not failures):
        failures.append(f"pytest ended with code {code} after {len(cases)} tests")
    return PartResult(part, figures, tuple(failures), seconds)


def _sum_of(name: str, cases: Sequence[ET.Element]) -> int | None:
    recorded = [each for case in cases for each in case.iter("property")]
    values = [int(each.get("value", "")) for each in recorded if each.get("name") == name]
    return sum(values) if values else None


def _failures(cases: Sequence[ET.Element]) -> list[str]:
    """Each test that failed, broke or was left out: nothing is taken for good that was not run."""
    told = []
    for case in cases:
        for kind in ("failure", "error", "skipped"):
            for each in case.iter(kind):
                what = (each.get("message") or each.text or kind)[:_LONGEST]
                told.append(f"{case.get('classname')}.{case.get('name')}: {kind}: {what}")
    return told
