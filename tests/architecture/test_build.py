"""build.py: starts under old Pythons, makes environments once, never leaves a broken one."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest

from backend.processes import run_limited

ROOT = Path(__file__).resolve().parents[2]
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first environment that is made is kept, as it was before anything came in."""
    return tmp_path_factory.mktemp("kept") / "environment"


@pytest.fixture
def build(tmp_path: Path, empty_environment: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A fresh copy of the module, its folders in tmp_path, with one small wheel to install."""
    module = build_as_it_is()
    monkeypatch.setattr(module, "logged", making_once(module.logged, empty_environment))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "BUILD", tmp_path / ".build")
    monkeypatch.setattr(module, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(module, "MUST_IMPORT", "import tiny")
    monkeypatch.setattr(module, "BLENDERS", {"9.9": module.Blender(OWN_VERSION, "a", "b", "c")})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock_wheel(module, tiny_wheel(tmp_path, "1.0"))
    return module


def build_as_it_is() -> ModuleType:
    spec = spec_from_file_location("build_under_test", ROOT / "build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def making_once(logged: Callable[..., None], kept: Path) -> Callable[..., None]:
    """Runs each step, but copies an empty environment where one was made: pip comes in slowly."""

    def run_or_copy(command: Sequence[str], output: IO[str]) -> None:
        if list(command[1:3]) != ["-m", "venv"]:
            logged(command, output)
        elif kept.is_dir():
            shutil.copytree(kept, command[3], symlinks=True)
        else:
            logged(command, output)
            shutil.copytree(command[3], kept, symlinks=True)

    return run_or_copy


def tiny_wheel(folder: Path, version: str) -> Path:
    path = folder / f"tiny-{version}-py3-none-any.whl"
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}")
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


def lock_wheel(module: ModuleType, wheel: Path, sha256: str | None = None) -> None:
    """Lock this wheel in the one environment there is, by its own hash or by another."""
    sha256 = sha256 or hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = module.Environment("demo", "9.9").lock
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(f"tiny=={wheel.name.split('-')[1]} --hash=sha256:{sha256}\n")


def test_it_parses_under_python_3_8_and_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "build.py").read_text("utf-8"), feature_version=(3, 8))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_help_and_unknown_command() -> None:
    assert "build.py demo" in run_build("--help").stdout
    unknown = run_build("dance")
    assert unknown.returncode != 0
    assert "unknown command dance" in unknown.stderr
    assert len(unknown.stderr.splitlines()) == 1


def test_an_unknown_blender_lists_the_known_ones() -> None:
    found = run_build("test", "--bpy", "1.0")
    assert found.returncode != 0
    assert "4.2, 4.5, 5.0, 5.2" in found.stderr


def test_options_are_split_off(build: ModuleType) -> None:
    assert build.take_option(["a", "--bpy", "4.2", "b"], "--bpy") == ("4.2", ["a", "b"])
    assert build.take_option(["--bpy=4.2"], "--bpy") == ("4.2", [])
    assert build.take_option(["-k", "x"], "--bpy") == (None, ["-k", "x"])
    with pytest.raises(SystemExit, match="--bpy needs a value"):
        build.take_option(["--bpy"], "--bpy")


def test_the_demo_has_no_torch_and_the_whole_suite_has() -> None:
    module = build_as_it_is()
    demo = " ".join(module.Environment("demo", "4.5").requirements)
    assert "torch" not in demo
    assert "pytest" not in demo
    assert any(r.startswith("torch==") for r in module.Environment("full", "4.5").requirements)
    assert any(r.startswith("numpy==2") for r in module.Environment("demo", "5.2").requirements)


@pytest.mark.slow
def test_an_environment_is_made_once_and_again_when_the_lock_changes(
    build: ModuleType, tmp_path: Path
) -> None:
    environment = build.prepare("demo", "9.9")
    made = environment.stamp.stat().st_mtime_ns
    assert build.run(environment, ["-c", "import tiny; assert tiny.VERSION == '1.0'"]) == 0
    assert build.run(environment, ["-c", "raise SystemExit(7)"]) == 7
    assert build.prepare("demo", "9.9").stamp.stat().st_mtime_ns == made
    lock_wheel(build, tiny_wheel(tmp_path, "2.0"))
    assert not environment.is_ready()
    assert build.prepare("demo", "9.9").stamp.stat().st_mtime_ns != made
    assert build.run(environment, ["-c", "import tiny; assert tiny.VERSION == '2.0'"]) == 0


@pytest.mark.slow
def test_a_file_with_another_hash_is_refused_and_leaves_nothing_that_passes_for_ready(
    build: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    lock_wheel(build, wheel, sha256="0" * 64)
    with pytest.raises(SystemExit, match="this step failed"):
        build.prepare("demo", "9.9")
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err
    assert not build.Environment("demo", "9.9").is_ready()
    lock_wheel(build, wheel)
    assert build.prepare("demo", "9.9").is_ready()


@pytest.mark.slow
def test_a_package_that_the_lock_does_not_name_is_not_installed(
    build: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build.Environment("demo", "9.9").lock.write_text("tiny\n")
    with pytest.raises(SystemExit, match="this step failed"):
        build.prepare("demo", "9.9")
    assert "--require-hashes" in capfd.readouterr().err


def test_without_a_fitting_python_one_line_says_what_to_install(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(build, "BLENDERS", {"9.9": build.Blender("3.99", "a", "b", "c")})
    with pytest.raises(SystemExit) as stopped:
        build.prepare("demo", "9.9")
    assert "pyenv install 3.99" in str(stopped.value)
    assert len(str(stopped.value).splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_a_python_is_found_under_pyenv_and_through_uv(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.sys, "executable", "/no/python")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    real = os.path.realpath(sys.base_prefix + f"/bin/python{OWN_VERSION}")
    assert build.find_python(OWN_VERSION) is None
    # uv answers `python find` with a path; here once it was told to install one.
    answer = f'[ "$2" = install ] && exec /bin/touch "$0.done"; [ -e "$0.done" ] && echo {real}'
    script(tmp_path / "bin/uv", answer)
    assert build.find_python(OWN_VERSION)
    assert (tmp_path / "bin/uv.done").exists()
    (tmp_path / "bin/uv").unlink()
    script(tmp_path / f"pyenv/versions/{OWN_VERSION}.0/bin/python", f'exec {real} "$@"')
    assert build.find_python(OWN_VERSION)


def test_a_python_without_pip_or_of_another_version_is_passed_over(
    build: ModuleType, tmp_path: Path
) -> None:
    assert build.probe_python([sys.executable], "3.1") is None
    assert (
        build.probe_python([sys.executable, "-S", "-c", "raise ImportError"], OWN_VERSION) is None
    )
    assert build.probe_python([str(tmp_path / "absent")], OWN_VERSION) is None
    assert build.probe_python([sys.executable], OWN_VERSION)


def run_build(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build.py"), *arguments]
    return run_limited(command, 300)


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
