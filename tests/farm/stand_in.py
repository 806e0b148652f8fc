#!/usr/bin/env python3
"""Stands where Blender is: speaks as ``run`` does, and does as the jobs file's words ask.

Each job may say ``does``: "done", "warned", "failed", "crash" (until its file ``again`` is there),
or "wait" (until its folder has a file ``go``). What it did is kept in its folder.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import tomllib
from pathlib import Path
from typing import TextIO

CODES = {"failed": 1, "warned": 3}


def main() -> int:
    parser = argparse.ArgumentParser()
    for option in ("-b", "--disable-autoexec", "--dry-run", "--resume", "--overwrite"):
        parser.add_argument(option, action="store_true")
    for option in ("--command", "--log", "--state", "--time-limit"):
        parser.add_argument(option)
    for option in ("--only", "--root"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("words", nargs="*")
    chosen = parser.parse_args()
    assert chosen.b and chosen.disable_autoexec and chosen.command == "neural_motion"
    run, file = chosen.words
    assert run == "run" and chosen.log == "json"
    jobs = tomllib.loads(Path(file).read_text("utf-8"))
    if "problem" in jobs:
        problems = [{"line": 3, "text": jobs["problem"]}]
        write(json.dumps({"event": "refused", "problems": problems, "code": 2}), sys.stdout)
        return 2
    if chosen.dry_run:
        return plan(jobs["job"], Path(file).parent, chosen.resume)
    write("Blender 4.5.15, standing in", sys.stdout)
    named = [job for job in jobs["job"] if job["name"] in chosen.only]
    return max((do(job, Path(file).parent, chosen.resume) for job in named), default=0)


def plan(jobs: list[dict], folder: Path, resume: bool) -> int:
    """What would become of each."""
    for job in jobs:
        kept = (folder / f"{job['name']}.out").exists() and not resume
        tell("job", job["name"], state="failed" if kept else "planned")
    write(json.dumps({"event": "end", "code": 0}), sys.stdout)
    return 0


def do(job: dict, folder: Path, resume: bool) -> int:
    """One job; its exit code."""
    name, does = job["name"], job.get("does", "done")
    out = folder / f"{name}.out"
    if out.exists():
        tell("job", name, state="skipped" if resume else "failed")
        return 0 if resume else 1
    tell("begin", name)
    (folder / f"{name}.pid").write_text(str(os.getpid()), "utf-8")
    while does == "wait" and not (folder / "go").exists():
        threading.Event().wait(0.02)
    again = folder / f"{name}.again"
    if does == "crash" and not again.exists():
        again.write_text("", "utf-8")
        write("about to crash", sys.stderr)
        os.kill(os.getpid(), signal.SIGSEGV)
    tell("progress", name, share=0.5)
    if does != "failed":
        with (folder / "done.txt").open("a", encoding="utf-8") as done:
            done.write(name + "\n")
        out.write_text(name, "utf-8")
    write("a remark", sys.stderr)
    tell("job", name, state="done" if does in ("wait", "crash") else does)
    return CODES.get(does, 0)


def tell(event: str, name: str, **more: object) -> None:
    """A line as the command writes it."""
    facts = {"event": event, "job": name, "attempt": 1, "worker": 0, **more}
    if event == "job":
        failed, warned = more["state"] == "failed", more["state"] == "warned"
        facts |= {
            "out": f"{name}.blend", "steps": [{"command": "walk"}], "notes": [], "seconds": 1.5,
            "warnings": ["slides a little"] if warned else [],
            "error": "it exists, or has no path" if failed else None,
        }  # fmt: skip
    write(json.dumps(facts), sys.stdout)


def write(line: str, to: TextIO) -> None:
    to.write(line + "\n")
    to.flush()


if __name__ == "__main__":
    sys.exit(main())
