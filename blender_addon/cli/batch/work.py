"""One job: open its file, set what it overrides, take its steps, and save beside its output."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.batch.job import Job, Step
from ...core.batch.writing import remove_parts
from ...core.errors import InputError
from ...core.jobs import Progress
from ...core.notes import notes_in, warnings_in
from ..commands import Generator
from ..files import check_place, open_blend, put_in_place, save_beside
from ..report import Report
from .overrides import apply_overrides

OPTION = "out"
"""What a jobs file calls the place of the output."""


@dataclass(frozen=True)
class Tools:
    """What every job of a process works with, made once.

    Args:
        generators: what a step may do, by its name.
        parsers: of their options.
    """

    generators: Mapping[str, Generator]
    parsers: Mapping[str, argparse.ArgumentParser]


@dataclass
class Made:
    """What a job has done so far.

    Args:
        steps: what each did, as for machines.
        told: warnings and notes of all.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each once."""
        return warnings_in(self.told)

    @property
    def notes(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(str(each) for each in notes_in(self.told))


def do_job(
    job: Job,
    tools: Tools,
    progress: Progress,
    *,
    overwrite: bool,
    before_move: Callable[[Path, Made], None],
) -> Made:
    """Do a job from its file to its output.

    Args:
        job: whose turn it is.
        tools: of this process.
        progress: told of the whole job; its cancellation ends it.
        overwrite: whether an older output may go.
        before_move: is given the whole output before it is moved to its place.

    Raises:
        NeuralMotionError: something cannot be used, or the job was cancelled; the output's place
            is as it was.
    """
    check_job_place(job, overwrite=overwrite)
    made = Made()
    made.told += open_blend(job.blend)
    apply_overrides(job.overrides)
    for number, step in enumerate(job.steps):
        part = progress.part(number / len(job.steps), (number + 1) / len(job.steps))
        part(0.0)
        _take_step(step, tools, part, made)
    progress(1.0)
    beside = save_beside(job.out, tag=job.digest, option=OPTION)
    try:
        before_move(beside, made)
    except BaseException:
        remove_parts(beside)  # on a full disk it would be in the way of all that comes
        raise
    put_in_place(beside, job.out, overwrite=overwrite, option=OPTION)
    return made


def check_job_place(job: Job, *, overwrite: bool) -> None:
    """Find out before the work whether a job's output can be written.

    Raises:
        InputError: it cannot.
    """
    if job.out.exists() and job.blend.exists() and job.out.samefile(job.blend):
        raise InputError(f"{job.out} is the file that is opened, under another name. Give another")
    check_place(job.out, overwrite=overwrite, tag=job.digest, option=OPTION)


def check_future_place(job: Job, *, overwrite: bool) -> None:
    """The same before the folders of the outputs are made.

    Raises:
        InputError: it cannot, or its folder cannot be made.
    """
    if job.out.parent.exists():
        check_job_place(job, overwrite=overwrite)
        return
    standing = next(each for each in job.out.parents if each.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise InputError(f"no folder can be made in {standing}. Check the rights, or name another")


def make_folders(jobs: Iterable[Job]) -> None:
    """Make the folders of the outputs, at the beginning of a run alone.

    One that vanishes later may have been on a network drive: made anew, it would be on this disk.
    """
    for folder in {each.out.parent for each in jobs}:
        with contextlib.suppress(OSError):  # is told of each job that wants to write there
            folder.mkdir(parents=True, exist_ok=True)


def _take_step(step: Step, tools: Tools, progress: Progress, made: Made) -> None:
    chosen = _options(step, tools)
    report: Report = tools.generators[step.command].generate(chosen, progress)
    made.steps.append({"command": step.command, **report.facts()})
    made.told += report.told


def _options(step: Step, tools: Tools) -> argparse.Namespace:
    """The step's options; they were checked before, though not by the files that are there now."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            return tools.parsers[step.command].parse_args(list(step.arguments))
    except SystemExit:
        reason = told.getvalue().strip().rpartition("error: ")[2] or "its options are wrong"
        raise InputError(f"{step.command}: {reason}") from None
