"""``blender -b --command neural_motion run jobs.toml``: all shots of a jobs file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...blender.models.preferred import share_cores
from ...core.batch.job import Job
from ...core.batch.jobs_file import MAX_TIME_LIMIT_S, read_jobs
from ...core.batch.resume import Plan, Wishes, decide
from ...core.batch.state import StateFolder
from ...core.errors import REPORTED, InputError, in_words
from ..commands import generators, parsers
from ..common import similar_names
from .log import Log, job_event, own_output, paced, told_event
from .queue import in_order, work_alone
from .serve import serve
from .stopping import Stopping, stopped_by_signals
from .supervisor import Supervisor, command_of_this_process
from .work import Tools, check_future_place, make_folders
from .worker import Setting, Worker

BAD_FILE: Final = 2
_STATE_SUFFIX: Final = ".state"


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``run``."""
    parser: argparse.ArgumentParser = commands.add_parser("run", help="do all shots of a jobs file")
    add = parser.add_argument
    add("jobs_file", type=Path, metavar="FILE", help="the jobs, as TOML or JSON")
    add("--dry-run", action="store_true", help="only check everything, and say what would be done")
    add("--log", choices=("text", "json"), default="text",
        help="sentences for people, or lines of JSON for machines (%(default)s)")  # fmt: skip
    add("--keep-going", action=argparse.BooleanOptionalAction, default=True,
        help="after a job that failed (by default)")  # fmt: skip
    add("--only", nargs="+", action="extend", metavar="NAME", help="these jobs alone")
    add("--resume", action="store_true", help="do what earlier runs have not finished")
    add("--overwrite", action="store_true", help="replace outputs that exist")
    add("--jobs", type=_count, default=1, metavar="N", help="so many processes (%(default)s)")
    add("--time-limit", type=_seconds, metavar="S",
        help="give a job up after so many seconds, unless it has a limit of its own")  # fmt: skip
    add("--state", type=Path, metavar="DIR",
        help="where it is kept how far each job is (FILE.state)")  # fmt: skip
    add("--root", type=Path, action="append", default=[], metavar="DIR",
        help="a further folder that paths may lead into; may be repeated")  # fmt: skip
    add("--accept-warnings", action="store_true", help="end with 0 instead of 3: for a render "
        "manager that takes any other code for a failure")  # fmt: skip
    add("--worker", type=int, help=argparse.SUPPRESS)
    add("--worker-threads", type=_count, help=argparse.SUPPRESS)
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Do the jobs.

    Returns:
        0 all done, 1 some failed, 2 a bad jobs file or argument, 3 all written but some with
        warnings, 130 stopped by the user.
    """
    with own_output() as out:
        as_json = chosen.log == "json" or chosen.worker is not None
        log = Log(out, as_json=as_json, accept_warnings=chosen.accept_warnings)
        try:
            jobs, state = _read(chosen)
            command = command_of_this_process(chosen.arguments) if chosen.jobs > 1 else ()
        except REPORTED as error:
            return log.refuse(error, BAD_FILE)
        stopping = Stopping()
        with stopped_by_signals(stopping):
            if chosen.worker is not None:
                return _serve(chosen, jobs, state, stopping, log)
            return _lead(chosen, jobs, state, stopping, log, command)


def _read(chosen: argparse.Namespace) -> tuple[list[Job], StateFolder]:
    where = chosen.state or Path(f"{chosen.jobs_file}{_STATE_SUFFIX}")
    # A process that is started anew in the night must not end for a shot that has gone meanwhile.
    looked_at = chosen.only if chosen.worker is None else ()
    jobs = read_jobs(chosen.jobs_file, parsers(), chosen.root, where, looked_at)
    return _only(jobs, chosen.only), StateFolder(where, only_read=chosen.dry_run)


def _only(jobs: Sequence[Job], names: Sequence[str] | None) -> list[Job]:
    if names is None:
        return list(jobs)
    known, wanted = {each.name: None for each in jobs}, set(names)
    unknown = [name for name in names if name not in known]
    if unknown:
        close = similar_names(unknown[0], [*known])
        hint = f". Did you mean '{close[0]}'?" if close else ""
        told = ", ".join(f"'{name}'" for name in unknown)
        raise InputError(f"--only names {told}, which the jobs file does not have{hint}")
    return [each for each in jobs if each.name in wanted]


def _setting(
    chosen: argparse.Namespace, state: StateFolder, stopping: Stopping, log: Log
) -> Setting:
    return Setting(
        state=state,
        wishes=Wishes(chosen.resume, chosen.overwrite),
        tools=Tools(generators(), parsers()),
        stopping=stopping,
        on_event=paced(log),
        time_limit_s=chosen.time_limit,
        number=chosen.worker or 0,
    )


def _serve(
    chosen: argparse.Namespace, jobs: list[Job], state: StateFolder, stopping: Stopping, log: Log
) -> int:
    if chosen.worker_threads is not None:
        share_cores(chosen.worker_threads)
    worker = Worker(_setting(chosen, state, stopping, log), jobs)
    return serve({each.name: each for each in jobs}, worker, stopping, log)


def _lead(
    chosen: argparse.Namespace,
    jobs: list[Job],
    state: StateFolder,
    stopping: Stopping,
    log: Log,
    command: Sequence[str],
) -> int:
    log.start(len(jobs), str(chosen.jobs_file))
    wishes = Wishes(chosen.resume, chosen.overwrite)
    if chosen.dry_run:
        for job in jobs:
            log(_planned(job, state, wishes))
        return log.end(stopped=False)
    make_folders(jobs)
    _look_ahead(jobs, state, wishes, log)
    jobs = in_order(jobs, state)

    def goes_on() -> bool:
        return bool(chosen.keep_going or not log.counts["failed"])

    if chosen.jobs > 1:
        Supervisor(
            jobs, state, command, chosen.jobs, stopping, paced(log), goes_on, chosen.time_limit
        ).run()
    else:
        worker = Worker(_setting(chosen, state, stopping, log), jobs)
        work_alone(jobs, worker, stopping, log, goes_on)
    return log.end(stopped=stopping.asked.is_set())


def _planned(job: Job, state: StateFolder, wishes: Wishes) -> dict[str, Any]:
    """What would become of a job."""
    try:
        decision = decide(job, state.read(job.name)[0], wishes)
        if decision.plan is Plan.REFUSE:
            raise InputError(decision.reason)
        if decision.plan is not Plan.WORK:
            return job_event(job.name, "skipped", str(job.out), notes=["done before"])
        check_future_place(job, overwrite=decision.overwrite)
    except REPORTED as error:
        return job_event(job.name, "failed", str(job.out), error=in_words(error))
    steps = [{"command": each.command, "text": _in_words(each)} for each in job.steps]
    return job_event(job.name, "planned", str(job.out), steps=steps)


def _in_words(step: Any) -> str:
    return " ".join((step.command, *step.arguments))


def _look_ahead(jobs: Sequence[Job], state: StateFolder, wishes: Wishes, log: Log) -> None:
    """Say at the beginning which jobs will fail in the night, as long as that can be changed."""
    for job in jobs:
        found = _planned(job, state, wishes)
        if found["state"] == "failed":
            log(told_event(f"will fail unless that changes: {found['error']}", job.name))


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 1000; found '{text}'")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number <= MAX_TIME_LIMIT_S:
        most = f"{MAX_TIME_LIMIT_S:g}"
        raise argparse.ArgumentTypeError(
            f"expected seconds above 0 and up to {most}; found '{text}'"
        )
    return number
