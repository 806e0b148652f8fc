"""Does a jobs file in this one process: ``python -m backend.batch.bench_worker JOBS``.

The last line of its output is JSON: ``seconds`` and ``cpu_s`` of the command, ``memory_mb`` after
each job, ``peak_mb`` of the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import IO, cast

import blender_addon
from backend.bench.memory import megabytes, peak_megabytes
from blender_addon import cli


class Watched:
    """Standard output that notes the memory of this process whenever a job has ended.

    Args:
        out: where everything goes.
    """

    def __init__(self, out: IO[str]) -> None:
        self._out, self.memory_mb = out, list[float]()

    def write(self, text: str) -> int:
        """Write; a line that tells of the end of a job counts."""
        if '"event": "job"' in text:
            self.memory_mb.append(megabytes())
        return self._out.write(text)

    def flush(self) -> None:
        """Pass on what was written."""
        self._out.flush()


def main(jobs: str) -> int:
    """Run the command, and write what it took."""
    blender_addon.register()
    watched = Watched(sys.stdout)
    started, cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(cast("IO[str]", watched)):
        code = cli.run(["run", jobs, "--log", "json", "--jobs", "1"])
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "memory_mb": watched.memory_mb,
        "peak_mb": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))  # Blender's module may keep its process from ending
