"""The zip for GPUs, built, installed in a Blender that has nothing else, and walked with."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from backend.packaging import extension
from backend.processes import run_limited

from .report import Figures, Row, Section

_PLATFORMS: Final = {"linux": "linux-x64", "win32": "windows-x64"}
_PROGRAM: Final = Path(__file__).with_name("installed_program.py")
_LIMIT_S: Final = 900.0


class InstalledError(Exception):
    """The zip could not be installed or does not walk; says what it told."""


def gpu_zip(out: Path = extension.DIST) -> Path:
    """The zip for GPUs for this system and Python; one of this version that lies there is taken.

    Raises:
        PackagingError: it cannot be built here.
    """
    platform, python = _PLATFORMS.get(sys.platform), f"{sys.version_info[0]}{sys.version_info[1]}"
    if platform is None:
        raise extension.PackagingError(f"there is no onnxruntime for GPUs on {sys.platform}")
    [package] = [
        each for each in extension.packages([platform], gpu=True) if each.pythons == (python,)
    ]
    built = out / f"neural_motion-{extension.own_version()}-{package.suffix}.zip"
    return built if built.is_file() else extension.build_zip(package, out)


def walk_installed(built: Path, providers: str) -> dict[str, Any]:
    """Install a zip in a fresh profile, and let somebody walk.

    Args:
        built: the zip.
        providers: in order, as for ``--provider``.

    Returns:
        ``provider`` that ran, ``frames``, and where ``addon`` and ``onnxruntime`` lie.

    Raises:
        InstalledError: with the last of what it told.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environ["BLENDER_USER_RESOURCES"] = str(Path(folder, "resources"))
        command = [sys.executable, str(_PROGRAM), str(built.resolve()), providers]
        done = run_limited(command, _LIMIT_S, env=environ, cwd=Path(folder))
    if done.returncode:
        raise InstalledError(f"{built.name} does not walk: {(done.stdout + done.stderr)[-800:]}")
    facts: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return facts


def measure_installed(provider: str) -> Figures:
    """Whether the installed zip for GPUs runs on this provider; what stood in the way otherwise."""
    short = provider.removesuffix("ExecutionProvider")
    facts: dict[str, Any] = {}
    try:
        built = gpu_zip()
        facts = {"zip": built.name, **walk_installed(built, provider)}
        note = f"{facts['frames']} frames on {facts['provider']}"
    except (extension.PackagingError, InstalledError) as error:
        note = " ".join(str(error).split())
        facts["problem"] = note
    ran = float(facts.get("provider") == short)
    title = f"the installed zip for GPUs walks on {short}: 1 for yes"
    row = Row("gpu_zip_runs", title, ran, "", 1.0, note=note, at_least=True)
    return Figures({Section.PRODUCT: lambda: [row]}, extra={"gpu_zip": facts})
