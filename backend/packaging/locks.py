"""Makes the lock files in requirements/ anew: every environment's exact versions, with hashes.

``python -m backend.packaging.locks``. uv resolves what build.py asks for, for Linux, Windows and
macOS at once; an environment holds exactly one Python, so that conditions on Python fall away.
torch is left out, since each index has builds of its own; build.py pins and installs it apart.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from build import BLENDERS, BUILD, Environment, every_environment

_HEAD: Final = "# Made by: python3 build.py lock\n"
_PROJECT: Final = """[project]
name = "locked"
version = "0"
requires-python = "=={python}.*"
dependencies = {requirements}
[tool.uv]
environments = ["{marker}"]
"""
_OPTIONS: Final = (
    "--quiet --universal --generate-hashes --no-annotate --no-header --only-binary :all: "
    "--no-emit-package torch"
).split()
_CUDA_LIBRARIES: Final = ("cuda-", "nvidia-", "triton")
_PYTHON_MARKER: Final = re.compile(r"python_full_version [<>]=? '[\d.]+'(?: and )?")


def write_lock(environment: Environment, options: Sequence[str]) -> None:
    """Resolve one environment and write its files; versions that still fit stay as they are.

    Args:
        environment: whose requirements to resolve.
        options: further options of ``uv pip compile``, such as --upgrade.

    Raises:
        CalledProcessError: uv found no solution, and said why on stderr.
    """
    folder = BUILD / "lock"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(project(environment), encoding="utf-8")
    python = BLENDERS[environment.series].python
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *_OPTIONS]
    command += ["--python-version", python, "--output-file", str(environment.lock), *options]
    environment.lock.parent.mkdir(exist_ok=True)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=1800)
    main, cuda = split(environment.lock.read_text("utf-8"), environment.cuda_lock is not None)
    environment.lock.write_text(main, encoding="utf-8")
    if environment.cuda_lock:
        environment.cuda_lock.write_text(cuda, encoding="utf-8")


def project(environment: Environment) -> str:
    """A pyproject.toml that asks for what the environment should hold."""
    python = BLENDERS[environment.series].python
    marker = f"python_version == '{python}'"
    marker += " and sys_platform != 'darwin'" if environment.kind == "cuda" else ""
    desired = json.dumps(environment.requirements)
    return _PROJECT.format(python=python, requirements=desired, marker=marker)


def split(compiled: str, apart: bool) -> tuple[str, str]:
    """Drop conditions that hold anyway, and part CUDA's libraries from the rest.

    Args:
        compiled: what uv wrote.
        apart: whether CUDA's libraries go to a file of their own.

    Returns:
        The main lock and the one of CUDA's libraries.
    """
    text = re.sub(r" ; (?= |\\|$)", "", _PYTHON_MARKER.sub("", compiled), flags=re.MULTILINE)
    blocks = [block.strip() for block in re.split(r"\n(?=\w)", text) if block[:1].isalnum()]
    cuda = [block for block in blocks if apart and block.startswith(_CUDA_LIBRARIES)]
    main = [block for block in blocks if block not in cuda]
    return _file(main), _file(cuda)


def _file(blocks: Sequence[str]) -> str:
    return _HEAD + "\n".join(blocks) + "\n"


def main(options: Sequence[str]) -> int:
    """Command line; returns the exit code."""
    for environment in every_environment():
        write_lock(environment, options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
