"""What an animator waits for before anything else: the download, and switching it on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
_TRIES = 5

_ENABLE = """
import json, os, sys, time
import bpy
bpy.ops.extensions.package_install_files(
    filepath=sys.argv[1], repo="user_default", enable_on_install=False
)
import addon_utils
name = "bl_ext.user_default.neural_motion"
took = []
for _ in range(5):
    started = time.perf_counter()
    module = addon_utils.enable(name, default_set=True)
    took.append(time.perf_counter() - started)
    if module is None:
        raise ImportError(f"{name} does not register; what it raised is told above")
    addon_utils.disable(name, default_set=True)
sys.stderr.write("\\n" + json.dumps(took))
sys.stderr.flush()
os._exit(0)
"""

_REGISTER = """
import bpy, numpy, os, sys, time
started = time.perf_counter()
import blender_addon
blender_addon.register()
sys.stderr.write(f"\\n{time.perf_counter() - started}")
sys.stderr.flush()
os._exit(0)
"""

_IMPORT = """
import numpy, sys, time
started = time.perf_counter()
import onnxruntime
sys.stderr.write(f"\\n{time.perf_counter() - started}")
"""


def newest_zip(folder: Path = ROOT / "dist") -> Path | None:
    """The zip for this system that was built last."""
    system = {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(sys.platform, "")
    found = folder.glob(f"*{system}*.zip")
    zips = [path for path in found if not re.search("gpu|physics", path.name)]
    return max(zips, key=lambda path: path.stat().st_mtime, default=None)


def largest_zip_mb(folder: Path = ROOT / "dist") -> float | None:
    """Size of the largest zip without CUDA and without physics."""
    plain = [path for path in folder.glob("*.zip") if not re.search("gpu|physics", path.name)]
    sizes = [path.stat().st_size for path in plain]
    return max(sizes) / 1e6 if sizes else None


def enable_over_import(tries: int = _TRIES) -> float:
    """Registering the extension over importing onnxruntime, each in processes of its own, in turns.

    Both with their bytecode in place, as from the second start of Blender on; NumPy, which both
    use, is imported before.
    """
    with tempfile.TemporaryDirectory() as cache:
        ratios = []
        for turn in range(tries + 1):
            register, imported = (_time_program(text, cache) for text in (_REGISTER, _IMPORT))
            if turn:  # the first one compiles
                ratios.append(register / imported)
    return float(np.median(ratios))


def _time_program(text: str, cache: str) -> float:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return float(done.stderr.splitlines()[-1])


def enable_seconds(package: Path) -> dict[str, Any]:
    """Switch the installed extension on in a Blender of its own: the first time and the median."""
    with tempfile.TemporaryDirectory() as user:
        done = subprocess.run(
            [sys.executable, "-c", _ENABLE, str(package)],
            env={"BLENDER_USER_RESOURCES": user, "PATH": "", "HOME": user},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    if done.returncode:
        raise RuntimeError(f"the extension could not be switched on:\n{done.stderr[-2000:]}")
    took = json.loads(done.stderr.strip().splitlines()[-1])
    return {"first": took[0], "median": float(np.median(took))}
