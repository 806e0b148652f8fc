"""One shot of a jobs file, read and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing to do in a shot.

    Args:
        command: of the command line, such as "walk".
        arguments: as they would stand after it, without those of files: ``("--path", "Path")``.
    """

    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """One shot.

    Args:
        name: unique in its file, and fit for a file's name.
        blend: file to open; it is never written. Absolute.
        out: file to write; another one than ``blend``. Absolute.
        steps: what to do in it, in order; at least one.
        overrides: values to set in the opened file first, by path, such as
            ``objects["Lamp"].location``.
        time_limit_s: seconds after which the job is given up; ``None`` for no limit.
        overwrite: whether an existing output may go.
        line: where it begins in the jobs file, from 1.
    """

    name: str
    blend: Path
    out: Path
    steps: tuple[Step, ...]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    time_limit_s: float | None = None
    overwrite: bool = False
    line: int = 1

    @property
    def digest(self) -> str:
        """Changes with whatever changes what the job makes."""
        made_of = {
            "blend": str(self.blend),
            "out": str(self.out),
            "steps": [[each.command, *each.arguments] for each in self.steps],
            "overrides": dict(self.overrides),
        }
        text = json.dumps(made_of, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
