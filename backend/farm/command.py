"""``python -m backend farm``: the jobs of a file on many machines."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from backend.farm import jobs
from backend.farm.cluster import Place, check_files, check_versions, connected, dashboard
from backend.farm.dispatch import Dispatch
from backend.farm.tell import Teller

INTERRUPTED = 128 + signal.SIGINT
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(name="farm")
@click.argument("file", type=_FILE, metavar="JOBS")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask scheduler that is there: tcp://…")
@click.option("--local", type=click.IntRange(1), metavar="N", help="Start N workers here instead.")
@click.option("--blender", metavar="PATH", help="Blender on the workers, with the extension "
              "installed. Without it they use Blender's module in their own Python.")  # fmt: skip
@click.option("--only", multiple=True, metavar="NAME", help="Only this job; may be repeated.")
@click.option("--resume", is_flag=True, help="Leave out what an earlier run has done.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option("--root", "roots", multiple=True, type=_FOLDER, metavar="DIR",
              help="Jobs may use files in this folder, too; may be repeated.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(1), metavar="S", help="For each job.")
@click.option("--state", type=_FOLDER, metavar="DIR",
              help="Where it is kept what is done, with the logs; seen by all machines. "
              "Without it, beside the jobs file.")  # fmt: skip
@click.option("--chunk", type=click.IntRange(1), metavar="N",
              help="Jobs for one start of Blender. Without it, as it fits.")  # fmt: skip
@click.option("--retries", type=click.IntRange(0), default=2, show_default=True, metavar="N",
              help="How often a job is tried again whose Blender crashed.")  # fmt: skip
@click.option("--wait", type=click.FloatRange(0.1), default=30.0, show_default=True, metavar="S",
              help="For the scheduler and its first worker.")  # fmt: skip
@click.option("--log", type=click.Choice(("text", "json")), default="text", show_default=True,
              help="Lines for people, or lines of JSON for machines.")  # fmt: skip
@click.option("--tls-ca", type=_FILE, metavar="FILE", help="Certificate authority of the cluster.")
@click.option("--tls-cert", type=_FILE, metavar="FILE", help="This client's certificate.")
@click.option("--tls-key", type=_FILE, metavar="FILE", help="This client's key.")
def command(file: Path, **options: Any) -> None:
    """Do the jobs of a file on the workers of a Dask cluster.

    JOBS is a file as `run` takes it. All machines must see it, and all files in it, under the same
    paths. Give --scheduler or --local.

    It ends with 0 when all is done, 1 when some failed, 2 when the jobs file is bad, 3 when some
    have warnings; each job's log is in the state's folder, under logs. Ctrl-C ends all that runs;
    --resume goes on.
    """
    if (options["scheduler"] is None) == (options["local"] is None):
        raise click.UsageError("give --scheduler ADDRESS, or --local N for workers of this machine")
    request, place = _request(file, options), _place(options)
    try:
        with _ended_alike():
            code = _farm(request, place, options)
    except jobs.BadJobsFile as error:
        click.echo(error, err=True)
        if options["log"] == "json":
            click.echo(json.dumps(error.event))
        code = jobs.BAD_FILE
    except KeyboardInterrupt:
        click.echo("farm: stopped; --resume goes on with what is not done", err=True)
        code = INTERRUPTED
    sys.exit(code)


def _farm(request: jobs.Request, place: Place, options: dict[str, Any]) -> int:
    failing = jobs.check(request)
    names = jobs.names(request)
    logs = jobs.state_folder(request) / "logs"
    teller = Teller(logs, len(names), options["log"] == "json")
    with connected(place) as client:
        for text in check_versions(client):
            teller.complain(text)
        check_files(client, request.file, request.command[0])
        for name, reason in failing.items():
            teller.foresee(name, reason)
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        teller.start(request.file, dashboard(client, place.scheduler is None), workers)
        work = Dispatch(client, request, teller, options["retries"], options["chunk"])
        with teller:
            work.run(names)
        return teller.end()


def _request(file: Path, options: dict[str, Any]) -> jobs.Request:
    state = options["state"]
    return jobs.Request(
        file=file.resolve(),
        blender=options["blender"],
        only=tuple(options["only"]),
        resume=options["resume"],
        overwrite=options["overwrite"],
        roots=tuple(root.resolve() for root in options["roots"]),
        time_limit_s=options["time_limit"],
        state=None if state is None else state.resolve(),
    )


def _place(options: dict[str, Any]) -> Place:
    words = {"tls_ca": "tls_ca_file", "tls_cert": "tls_client_cert", "tls_key": "tls_client_key"}
    tls = {word: str(options[name]) for name, word in words.items() if options[name] is not None}
    if tls and (len(tls) < len(words) or options["scheduler"] is None):
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key go together, with --scheduler")
    if options["scheduler"] is not None and "://" not in options["scheduler"]:
        options["scheduler"] = f"{'tls' if tls else 'tcp'}://{options['scheduler']}"
    return Place(
        options["scheduler"],
        options["local"] or 1,
        options["wait"],
        options["retries"],
        tls or None,
    )


@contextmanager
def _ended_alike() -> Iterator[None]:
    """Let a polite request to end do what Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
