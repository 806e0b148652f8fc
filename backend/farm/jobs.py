"""The jobs file on the machine that submits: checked by the program itself, then read for names."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import Any, Final

from backend.farm.outcome import FAILED
from backend.farm.remote import PYTHON, environment, event_in
from backend.processes import run_limited
from blender_addon.core.errors import InputError

BAD_FILE: Final = 2
ROOT: Final = Path(__file__).resolve().parents[2]
_LONGEST_ROW: Final = 16
_CHECK_S: Final = 600.0


class BadJobsFile(InputError):  # noqa: N818 - it is the file that is bad
    """The check before the work found problems.

    Args:
        event: as the program told it to a machine.
        text: the same for people, a line each.
    """

    def __init__(self, event: dict[str, Any], text: str) -> None:
        super().__init__(text)
        self.event = event


@dataclass(frozen=True)
class Request:
    """What is to be done, as the command line says it.

    Args:
        file: the jobs file; absolute, and the same on every machine.
        blender: program on the workers; None takes their Python with Blender's module.
        only: names of jobs; empty for all.
        resume: leave out what is done already.
        overwrite: replace existing outputs.
        roots: further folders that jobs may use.
        time_limit_s: for each job; None for none.
        state: folder of what is known of each job; None is the usual one beside the file.
    """

    file: Path
    blender: str | None = None
    only: tuple[str, ...] = ()
    resume: bool = False
    overwrite: bool = False
    roots: tuple[Path, ...] = ()
    time_limit_s: float | None = None
    state: Path | None = None

    @property
    def command(self) -> list[str]:
        """The program up to its own options; `PYTHON` stands for the worker's."""
        if self.blender is None:
            return [PYTHON, "-m", "backend.batch", str(self.file)]
        blender = [self.blender, "-b", "--disable-autoexec", "--command", "neural_motion"]
        return [*blender, "run", str(self.file)]

    @property
    def options(self) -> list[str]:
        """What every call of it is given, but for the names."""
        options = ["--log", "json"]
        options += ["--overwrite"] if self.overwrite else []
        options += [word for root in self.roots for word in ("--root", str(root))]
        if self.time_limit_s is not None:
            options += ["--time-limit", f"{self.time_limit_s:g}"]
        return [*options, *(["--state", str(self.state)] if self.state else [])]


def check(request: Request) -> dict[str, str]:
    """Let the program look through the jobs file without doing anything.

    Returns:
        Why jobs will fail, by name, as it seems now.

    Raises:
        BadJobsFile: with all the problems it found.
        InputError: the program does not run at all.
    """
    command = [sys.executable if word == PYTHON else word for word in request.command]
    only = [word for name in request.only for word in ("--only", name)]
    resume = ["--resume"] if request.resume else []
    command = [*command, "--dry-run", *request.options, *resume, *only]
    try:
        done = run_limited(command, _CHECK_S, env=environment(str(ROOT)))
    except TimeoutExpired as error:
        raise InputError(
            f"the jobs file could not be checked within {_CHECK_S:g} s. Look whether the drive "
            "with its files answers"
        ) from error
    except OSError as error:
        raise InputError(
            f"{command[0]} cannot be started here to check the jobs file ({error.strerror}). "
            "Give --blender a path that is the same on all machines"
        ) from error
    events = [event for line in done.stdout.splitlines() if (event := event_in(line))]
    for event in events:
        if event["event"] == "refused":
            problems = [(each["line"], each["text"]) for each in event["problems"]]
            raise BadJobsFile(event, "\n".join(_problem(*each) for each in problems))
    if not any(event["event"] == "end" for event in events):
        raise _no_answer(command, done)
    ends = [event for event in events if event["event"] == "job"]
    return {event["job"]: event["error"] for event in ends if event["state"] == FAILED}


def _problem(line: int | None, text: str) -> str:
    return text if line is None else f"line {line}: {text}"


def _no_answer(command: Sequence[str], done: CompletedProcess[str]) -> InputError:
    last = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    told = next((line for line in reversed(last) if line.strip()), "nothing was told")
    return InputError(
        f"the jobs file could not be checked; '{' '.join(command)}' ended with code "
        f"{done.returncode}: {told}. Is the extension installed there?"
    )


def names(request: Request) -> tuple[str, ...]:
    """The jobs that are asked for, in the order of the file, which `check` has found good."""
    found = [str(job["name"]) for job in _document(request.file).get("job", ())]
    return tuple(name for name in found if not request.only or name in request.only)


def limits(request: Request) -> dict[str, float | None]:
    """Seconds that each job may take, by name: its own, its template's, or of the command line."""
    document = _document(request.file)
    templates = document.get("templates", {})
    found: dict[str, float | None] = {}
    for job in document.get("job", ()):
        template = templates.get(job.get("template"), {})
        limit = job.get("time_limit", template.get("time_limit", request.time_limit_s))
        found[str(job["name"])] = limit
    return found


def state_folder(request: Request) -> Path:
    """Where it is kept what is known of each job."""
    return request.state or request.file.with_name(f"{request.file.name}.state")


def chunks(all_names: Sequence[str], size: int | None, workers: int) -> list[list[str]]:
    """The names in rows, one for each start of Blender.

    Args:
        all_names: of the jobs.
        size: of a row; None for long ones at first, and short ones in the end, so that all workers
            end at about the same time (guided self-scheduling: Polychronopoulos and Kuck, 1987).
        workers: among which they are shared out.
    """
    rows, at = [], 0
    while at < len(all_names):
        left = len(all_names) - at
        here = size or min(_LONGEST_ROW, -(-left // (2 * max(1, workers))))
        rows.append(list(all_names[at : at + here]))
        at += here
    return rows


def _document(file: Path) -> dict[str, Any]:
    text = file.read_text("utf-8-sig")
    return json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
