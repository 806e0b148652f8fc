"""What a command did: a sentence for people, and the same in parts for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.notes import notes_in, warnings_in


@dataclass(frozen=True)
class Report:
    """What a command did.

    Args:
        text: in words, without a full stop.
        told: warnings and notes (core/notes.py); a warning makes the exit code 3.
        written: names of the actions or layers that got keys, or of the objects that were added.
        frames: first and last frame with keys; ``None`` where there are none.
        provider: what the networks ran on; empty where none did.
        residual: how exactly the rig shows what was made, by measure, its unit in the name.
    """

    text: str
    told: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    frames: tuple[int, int] | None = None
    provider: str = ""
    residual: Mapping[str, float] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """All of it, of types that JSON knows."""
        return {
            "text": self.text,
            "written": list(self.written),
            "frames": None if self.frames is None else list(self.frames),
            "provider": self.provider,
            "residual": dict(self.residual),
            "warnings": list(warnings_in(self.told)),
            "notes": list(notes_in(self.told)),
        }


def gathered(reports: Iterable[Report]) -> Report:
    """Several reports as one: texts line by line, the frames from the first to the last.

    Args:
        reports: in the order of the work; of measures with the same name the largest counts.
    """
    each = tuple(reports)
    frames = [number for report in each if report.frames for number in report.frames]
    residual: dict[str, float] = {}
    for name, value in (pair for report in each for pair in report.residual.items()):
        residual[name] = max(value, residual.get(name, value))
    return Report(
        text="\n".join(report.text for report in each),
        told=tuple(text for report in each for text in report.told),
        written=tuple(name for report in each for name in report.written),
        frames=(min(frames), max(frames)) if frames else None,
        provider=", ".join(dict.fromkeys(report.provider for report in each if report.provider)),
        residual=residual,
    )
