"""How long the runtime and a model take to load, in processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path

from backend.processes import run_limited
from blender_addon.core.errors import ModelError

_LIMIT_S = 600.0  # many times what it takes
_ROOT = Path(__file__).resolve().parents[2]
_IMPORT_PROGRAM = """
import time
import blender_addon.core.inference.session
started = time.perf_counter()
import onnxruntime
print(time.perf_counter() - started)
"""
_LOAD_PROGRAM = """
import sys, time
import blender_addon.core.inference.session as session
import onnxruntime
started = time.perf_counter()
session.ModelSession(sys.argv[1], [sys.argv[2]])
print(time.perf_counter() - started)
"""


def import_seconds(runs: int = 3) -> float:
    """Seconds to import onnxruntime, best of some fresh processes.

    The best, because the first one also waits for the disk.
    """
    return min(_time_program(_IMPORT_PROGRAM) for _ in range(runs))


def load_seconds(model: Path, provider: str, runs: int = 3) -> float:
    """Seconds to load a model once onnxruntime is imported, best of some fresh processes.

    Raises:
        ModelError: it cannot be loaded.
    """
    arguments = str(model.resolve()), provider
    return min(_time_program(_LOAD_PROGRAM, *arguments) for _ in range(runs))


def _time_program(text: str, *arguments: str) -> float:
    command = [sys.executable, "-c", text, *arguments]
    done = run_limited(command, _LIMIT_S, cwd=_ROOT)
    if done.returncode:
        raise ModelError(f"loading in a process of its own failed: {done.stderr[-500:]}")
    return float(done.stdout.splitlines()[-1])
