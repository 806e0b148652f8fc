"""How far each job is, on disk: a small file each, which is whole whenever a process dies."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, Final

from ..errors import MALFORMED, InputError
from .locks import FileLock, try_lock
from .writing import fsync_folder, patiently

FORMAT: Final = 1
_LARGEST: Final = 4_000_000  # bytes
_DIGEST: Final = re.compile("[0-9a-f]{64}")  # names a file that is removed


class JobState(Enum):
    """What has become of a job."""

    RUNNING = "running"
    """Some process has begun; where none holds its lock, that one has died."""
    MOVING = "moving"
    """Its output is whole, and about to be moved to its place."""
    DONE = "done"
    WARNED = "warned"
    FAILED = "failed"
    STOPPED = "stopped"
    """Given up when the user stopped the run."""


FINISHED: Final = (JobState.DONE, JobState.WARNED)
IN_HAND: Final = (JobState.RUNNING, JobState.MOVING, JobState.STOPPED)


@dataclass(frozen=True)
class Record:
    """What is kept of a job.

    Args:
        name: of the job.
        digest: what the job said when it was begun.
        state: how far it is.
        attempt: how often this was begun, from 1.
        out: its output.
        overwrite: whether this attempt was allowed to replace an older output.
        size: of the output, bytes.
        sha256: of the output's content.
        blend_stamp: size and time of change (ns) of the input when it was read.
        seconds: how long it took.
        error: why it failed; None where it did not.
        warnings, notes: told of it.
        steps: what each step did, as for machines.
    """

    name: str
    digest: str
    state: JobState
    attempt: int = 1
    out: str = ""
    overwrite: bool = False
    size: int = 0
    sha256: str = ""
    blend_stamp: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    error: str | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[dict[str, Any], ...] = field(default=())


class StateFolder:
    """The folder with a state file for each job.

    Args:
        path: made where it is missing.
        only_read: make and write nothing.

    Raises:
        InputError: it cannot be made or written.
    """

    def __init__(self, path: Path, *, only_read: bool = False) -> None:
        self.path = path.absolute()
        if only_read:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / f".probe{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise InputError(
                f"the state of the jobs cannot be kept in {self.path} ({error.strerror}). Check "
                "the rights and the room on the disk, or name another folder with --state"
            ) from error

    def claim(self, name: str) -> FileLock | None:
        """The right to work at a job; None where another process has it.

        Raises:
            InputError: the disk knows no locks.
            OSError: the folder has gone.
        """
        return try_lock(self.path / f"{name}.lock")

    def read(self, name: str) -> tuple[Record | None, str]:
        """What is kept of a job.

        Returns:
            None where nothing is; and what is wrong with its file, empty where nothing is.
        """
        path = self._file(name)
        try:
            with path.open("rb") as file:
                return _record(json.loads(file.read(_LARGEST)), name), ""
        except FileNotFoundError:
            return None, ""
        except (OSError, *MALFORMED) as error:
            return (
                None,
                f"{path} is damaged ({type(error).__name__}), so that it counts for nothing",
            )

    def write(self, record: Record) -> None:
        """Keep this of a job, as a whole or not at all.

        Raises:
            OSError: the disk does not take it; what was kept before still is.
        """
        path = self._file(record.name)
        facts = {"format": FORMAT, **asdict(record), "state": record.state.value}
        beside = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            with beside.open("wb") as file:
                file.write(json.dumps(facts, indent=1).encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
            patiently(lambda: beside.replace(path))
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        fsync_folder(self.path)

    def remove_unfinished(self, name: str) -> None:
        """Remove what processes have left that died while they wrote; the claim is held."""
        for each in self.path.glob(f".{name}.json.*.new"):
            with contextlib.suppress(OSError):
                each.unlink()

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.json"


def _record(facts: Any, name: str) -> Record:
    """A record out of what a state file says.

    Raises:
        MALFORMED: it is none.
    """
    if facts["format"] != FORMAT or facts["name"] != name:
        raise ValueError("of another format or job")
    known = {each.name: facts[each.name] for each in fields(Record)}
    for key in ("warnings", "notes", "steps", "blend_stamp"):
        known[key] = tuple(known[key])
    known["state"] = JobState(known["state"])
    record = Record(**known)
    if not _DIGEST.fullmatch(record.digest) or not all(_are_fit(record)):
        raise ValueError("a value is of another kind")
    return record


def _are_fit(record: Record) -> Iterator[bool]:
    """Whether what comes back is of the kind that was kept: the file may be anybody's by now."""
    yield isinstance(record.attempt, int) and isinstance(record.size, int)
    yield isinstance(record.seconds, int | float) and isinstance(record.overwrite, bool)
    texts = [record.out, record.sha256, record.error or "", *record.warnings, *record.notes]
    yield all(isinstance(each, str) for each in texts)
    yield len(record.blend_stamp) == 2
    yield all(isinstance(each["text"], str) for each in record.steps)
