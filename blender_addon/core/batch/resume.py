"""Whether a job is to be done, by what is kept of it and by what is on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .job import Job
from .state import FINISHED, IN_HAND, JobState, Record
from .writing import sha256_of


class Plan(Enum):
    """What becomes of a job now."""

    WORK = "work"
    SKIP = "skip"
    """It was done before."""
    FINISH = "finish"
    """Its output is in place; only its state does not say so yet."""
    REFUSE = "refuse"


@dataclass(frozen=True)
class Wishes:
    """What the user said about jobs that are done, or whose output exists.

    Args:
        resume: go on where an earlier run ended.
        overwrite: replace what is there.
    """

    resume: bool = False
    overwrite: bool = False


@dataclass(frozen=True)
class Decision:
    """What becomes of a job now.

    Args:
        plan: that.
        reason: why it is skipped or refused.
        overwrite: whether its output may replace a file.
    """

    plan: Plan
    reason: str = ""
    overwrite: bool = False


def decide(job: Job, record: Record | None, wishes: Wishes, *, meanwhile: bool = False) -> Decision:
    """Whether to do a job.

    Args:
        job: as the jobs file has it now.
        record: what is kept of it; None for nothing.
        wishes: the user's.
        meanwhile: whether the record has changed since this run began, so that another process
            works at the same jobs.

    Raises:
        OSError: the output's place cannot be looked at.
    """
    overwrite = wishes.overwrite or job.overwrite
    if not job.out.exists():
        return Decision(Plan.WORK, overwrite=overwrite)
    same = record is not None and record.digest == job.digest
    finished = record is not None and record.state in FINISHED
    if record is not None and same:
        if finished and wishes.resume and not job.out.stat().st_size:
            return Decision(Plan.WORK, overwrite=True)  # a drive has lost it: nothing to keep
        if finished and (wishes.resume or meanwhile):
            return Decision(Plan.SKIP, "done before" if wishes.resume else "done meanwhile")
        if wishes.resume and _is_its_output(record, job):
            return Decision(Plan.FINISH)
        overwrite = overwrite or (wishes.resume and _may_replace(record, job))
    if overwrite:
        return Decision(Plan.WORK, overwrite=True)
    return Decision(Plan.REFUSE, _why_refused(job, wishes, finished and not same))


def _is_its_output(record: Record, job: Job) -> bool:
    """Whether an attempt that died had moved its output to its place."""
    if record.state is not JobState.MOVING or job.out.stat().st_size != record.size:
        return False
    return sha256_of(job.out) == record.sha256


def _may_replace(record: Record, job: Job) -> bool:
    """Whether the attempt that died might, or it died between taking the name and the move."""
    if record.state is JobState.MOVING and not job.out.stat().st_size:
        return True
    return record.overwrite and record.state in IN_HAND


def _why_refused(job: Job, wishes: Wishes, made_otherwise: bool) -> str:
    if wishes.resume and made_otherwise:
        return f"{job.out} was made from other settings. Do it again with --overwrite"
    if wishes.resume:
        return f"{job.out} exists, and not from this job. Name another output, or add --overwrite"
    return f"{job.out} exists. Go on with --resume, or replace it with --overwrite"


def changed_input(job: Job, record: Record) -> str:
    """What to note of a job that is skipped, though its input has changed since; else empty."""
    if record.blend_stamp == (0, 0) or record.blend_stamp == stamp_of(job.blend):
        return ""
    return f"{job.blend} has changed since; to do it again, add --overwrite without --resume"


def changed_output(job: Job, record: Record) -> str:
    """What to note of a job that is skipped, though its output is another by now; else empty."""
    size = stamp_of(job.out)[0]
    if record.size in (0, size):
        return ""
    return (
        f"{job.out} had {record.size} bytes and has {size}: somebody saved it since, or it broke "
        "off. It is kept; delete it to have it done again"
    )


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of change (ns) of a file; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
