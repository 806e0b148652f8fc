"""requirements/: what build.py asks for is locked, all of it with hashes and for every system."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.packaging import extension, locks
from build import LOCKS, Environment, every_environment

ENVIRONMENTS = every_environment()
NAMES = [environment.folder.name for environment in ENVIRONMENTS]
COMPILED = r"""
numpy==1.26.4 ; python_full_version < '3.12' \
    --hash=sha256:00
colorama==0.4.6 ; python_full_version < '3.12' and sys_platform == 'win32' \
    --hash=sha256:01 \
    --hash=sha256:02
nvidia-cublas==13.1 ; python_full_version < '3.12' and sys_platform == 'linux' \
    --hash=sha256:03
"""


def packages(path: Path) -> dict[str, str]:
    """Each package of a lock file, ``name==version``, and the rest of its entry."""
    entries = re.split(r"\n(?=\w)", path.read_text("utf-8"))[1:]
    return {entry.split()[0]: entry for entry in entries}


def normal(requirement: str) -> str:
    """A requirement as a lock file spells it: no extras, no condition, dots in names as dashes."""
    name, version = re.sub(r"\[.*\]| ;.*", "", requirement).split("==")
    return f"{name.replace('.', '-').replace('_', '-').lower()}=={version}"


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=NAMES)
def test_the_lock_holds_what_the_environment_asks_for(environment: Environment) -> None:
    desired = {normal(r) for r in environment.requirements if not r.startswith("torch==")}
    missing = desired - set(packages(environment.lock))
    assert not missing, f"run build.py lock; {environment.lock.name} lacks {missing}"


def test_every_lock_file_belongs_to_an_environment() -> None:
    known = {e.lock for e in ENVIRONMENTS} | {e.cuda_lock for e in ENVIRONMENTS if e.cuda_lock}
    assert set(LOCKS.glob("*")) == known


@pytest.mark.parametrize("path", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_each_package_has_one_version_hashes_and_no_host(path: Path) -> None:
    found = packages(path)
    for name, entry in found.items():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+", name), name
        assert re.search(r"--hash=sha256:[0-9a-f]{64}$", entry.strip()), name
    assert not any(name.startswith("torch==") for name in found)
    assert "://" not in path.read_text("utf-8")


def test_cuda_comes_only_where_it_is_desired() -> None:
    for environment in ENVIRONMENTS:
        has_cuda = any(name.startswith("nvidia-") for name in packages(environment.lock))
        assert has_cuda == (environment.kind == "cuda"), environment


def test_conditions_on_python_fall_away_and_cuda_gets_a_file_of_its_own() -> None:
    main, cuda = locks.split(COMPILED, apart=True)
    assert "numpy==1.26.4 \\\n    --hash=sha256:00\n" in main
    assert "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:01 \\\n" in main
    assert "nvidia" not in main
    assert "nvidia-cublas==13.1 ; sys_platform == 'linux' \\\n    --hash=sha256:03\n" in cuda
    assert "nvidia" in locks.split(COMPILED, apart=False)[0]


def test_a_wheel_for_the_zip_must_be_a_locked_one(tmp_path: Path) -> None:
    package = extension.packages(["linux-x64"], gpu=False, physics=True)[0]
    for requirement in package.requirements:
        hashes = extension.locked_hashes(requirement)
        assert len(hashes) >= 2 * len(extension.PLATFORMS)  # for each Python, at least
    wheel = tmp_path / "onnxruntime.whl"
    wheel.write_bytes(b"another file")
    with pytest.raises(extension.PackagingError, match="no lock file names"):
        extension.verify(wheel, hashes)
    with pytest.raises(extension.PackagingError, match=r"run build\.py lock"):
        extension.locked_hashes("onnxruntime==0.0.1")
