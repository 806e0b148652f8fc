"""The repository keeps the rules of rules.py, and each rule catches samples that break it."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.processes import run_limited
from blender_addon.core import errors
from tests.architecture import rules

ROOT = Path(__file__).resolve().parents[2]
READ_IN_ONE_GO = ("blender_addon", "backend", "tests")
Rule = Callable[[Path], list[str]]


def length_violations(root: Path) -> list[str]:
    return rules.length_violations(root, READ_IN_ONE_GO)


@pytest.mark.parametrize(
    "rule",
    [
        rules.import_violations,
        rules.capability_violations,
        rules.crowded_folders,
        rules.unsafe_violations,
        rules.clock_violations,
        rules.endless_violations,
        rules.docstring_violations,
        length_violations,
    ],
)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    assert rules.python_files(ROOT, "blender_addon/core"), "nothing was looked at"
    assert rule(ROOT) == []


BROKEN_IMPORTS = {
    "core_bpy": ("blender_addon/core/a.py", "import bpy", "must not import bpy"),
    "core_torch": ("blender_addon/core/a.py", "from torch import nn", "must not import torch"),
    "core_lazily": ("blender_addon/core/a.py", "def f():\n    import bpy", "must not import bpy"),
    "core_by_name": (
        "blender_addon/core/a.py",
        "import importlib\nimportlib.import_module('bpy')",
        "must not import bpy",
    ),
    "core_scipy": ("blender_addon/core/maths/a.py", "import scipy.signal", "must not import scipy"),
    "core_scene": ("blender_addon/core/a.py", "from ..blender import rig", "must not import"),
    "onnxruntime_elsewhere": (
        "blender_addon/core/inference/a.py",
        "import onnxruntime as ort",
        "must not import onnxruntime",
    ),
    "blender_capabilities": (
        "blender_addon/blender/a.py",
        "from ..capabilities import w",
        "must not import",
    ),
    "blender_onnxruntime": ("blender_addon/blender/a.py", "import onnxruntime", "must not import"),
    "capability_cli": (
        "blender_addon/capabilities/walk/a.py",
        "from ...cli.common import f",
        "must not import",
    ),
    "preferences_capability": (
        "blender_addon/preferences.py",
        "from .capabilities import w",
        "must not import",
    ),
    "addon_backend": ("blender_addon/cli/a.py", "import backend.walk", "must not import backend"),
    "addon_tests": ("blender_addon/cli/a.py", "from tests import x", "must not import tests"),
    "addon_absolute": (
        "blender_addon/capabilities/a.py",
        "from blender_addon.core import errors",
        "relatively",
    ),
    "backend_blender": ("backend/a.py", "from blender_addon.blender import x", "must not import"),
    "socket": ("blender_addon/blender/a.py", "import socket", "must not use socket"),
    "pickle": ("blender_addon/core/a.py", "from pickle import loads", "must not use pickle"),
    "urllib": ("blender_addon/preferences.py", "import urllib.request", "must not use urllib"),
    "subprocess": ("blender_addon/cli/a.py", "import subprocess", "must not use subprocess"),
}


@pytest.mark.parametrize("sample", BROKEN_IMPORTS.values(), ids=BROKEN_IMPORTS.keys())
def test_a_forbidden_import_is_caught(tmp_path: Path, sample: tuple[str, str, str]) -> None:
    write_package(tmp_path)
    path, source, desired = sample
    write(tmp_path, path, source)
    found = rules.import_violations(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(path + ":")
    assert desired in found[0]


def test_one_file_of_the_extension_may_start_programs_and_no_other(tmp_path: Path) -> None:
    write_package(tmp_path)
    write(tmp_path, "blender_addon/cli/batch/supervisor.py", "import subprocess\nimport socket")
    write(tmp_path, "blender_addon/cli/batch/worker.py", "import subprocess")
    found = [line.split(":")[0] for line in rules.import_violations(tmp_path)]
    assert found == [f"blender_addon/cli/batch/{name}.py" for name in ("supervisor", "worker")]
    allowed = {
        path.relative_to(ROOT).as_posix()
        for path in rules.python_files(ROOT, "blender_addon")
        if any(each.module == "subprocess" for each in rules.imports_of(ROOT, path))
    }
    assert allowed == rules.STARTS_PROGRAMS


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("blender_addon/core/walk/a.py", "from ..gaze.plan import x"),
        ("blender_addon/core/keys/a.py", "from ..walk.plan import x"),
        ("blender_addon/capabilities/gaze/a.py", "from ...core.walk.plan import x"),
        ("blender_addon/capabilities/gaze/a.py", "from ..speech.scene import x"),
        ("blender_addon/blender/a.py", "from ..core.speech.layout import x"),
        ("backend/walk/a.py", "from backend.gaze.data import x"),
        ("backend/training/a.py", "from backend.gaze.data import x"),
        ("backend/bench/a.py", "from backend.gaze.bench import x"),
    ],
)
def test_a_capability_imports_no_other(tmp_path: Path, path: str, source: str) -> None:
    write(tmp_path, path, source)
    assert len(rules.capability_violations(tmp_path)) == 1


def test_a_capability_imports_itself_and_demos_import_all(tmp_path: Path) -> None:
    write(tmp_path, "backend/walk/a.py", "from blender_addon.core.walk.plan import x")
    write(tmp_path, "backend/demos/a.py", "from blender_addon.core.walk.plan import x")
    assert rules.capability_violations(tmp_path) == []


@pytest.mark.parametrize("source", ["import time", "def f():\n    from time import monotonic"])
def test_a_test_that_asks_the_clock_is_caught(tmp_path: Path, source: str) -> None:
    write(tmp_path, "tests/walk/test_a.py", source)
    write(tmp_path, "backend/bench/timing.py", source)
    assert len(rules.clock_violations(tmp_path)) == 1


@pytest.mark.parametrize("call", ["run(['x'])", "Popen(['x'])", "check_output(['x'], text=True)"])
def test_a_program_without_a_limit_is_caught(tmp_path: Path, call: str) -> None:
    write(tmp_path, "tests/walk/test_a.py", f"import subprocess\nsubprocess.{call}")
    write(tmp_path, "backend/walk/a.py", "import subprocess\nsubprocess.run(['x'], timeout=9)")
    assert len(rules.endless_violations(tmp_path)) == 1


def test_a_crowded_folder_is_caught(tmp_path: Path) -> None:
    for number in range(rules.MAX_MODULES):
        write(tmp_path, f"backend/walk/m{number}.py", "")
    assert rules.crowded_folders(tmp_path) == []
    write(tmp_path, "backend/walk/one_more.py", "")
    assert len(rules.crowded_folders(tmp_path)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "def f():\n    exec('x = 1')",
        "__import__('os')",
        "import numpy as np\nnp.load('a', allow_pickle=True)",
        "import os\nos.system('ls')",
        "import os\nos.execv('ls', [])",
        "import sys\nsys.path.append('.')",
    ],
)
def test_unsafe_code_is_caught(tmp_path: Path, source: str) -> None:
    write(tmp_path, "blender_addon/blender/a.py", source)
    assert len(rules.unsafe_violations(tmp_path)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        '"""Module."""\ndef walk():\n    return 1',
        '"""Module."""\nclass Walk:\n    pass',
        '"""Module."""\nclass Walk:\n    """A walk."""\n    @property\n    def speed(self): ...',
    ],
)
def test_a_missing_docstring_is_caught(tmp_path: Path, source: str) -> None:
    write(tmp_path, "blender_addon/core/a.py", source)
    assert len(rules.docstring_violations(tmp_path)) == 1


def test_a_long_file_is_caught(tmp_path: Path) -> None:
    write(tmp_path, "backend/short.py", "\n" * rules.MAX_FILE_LINES)
    assert length_violations(tmp_path) == []
    write(tmp_path, "backend/long.py", "\n" * (rules.MAX_FILE_LINES + 1))
    assert len(length_violations(tmp_path)) == 1


def test_what_is_allowed_is_not_caught(tmp_path: Path) -> None:
    write_package(tmp_path)
    write(tmp_path, "blender_addon/core/inference/session.py", '"""S."""\nimport onnxruntime')
    write(
        tmp_path, "blender_addon/blender/a.py", "import bpy\nfrom ..core import errors\nimport re"
    )
    write(tmp_path, "blender_addon/capabilities/a.py", "from ..blender import rig\nfrom . import b")
    write(tmp_path, "backend/a.py", "import torch\nfrom blender_addon.core import errors")
    write(tmp_path, "blender_addon/core/a.py", '"""A."""\nimport numpy as np\n_x = re.compile("a")')
    for rule in (rules.import_violations, rules.unsafe_violations, rules.docstring_violations):
        assert rule(tmp_path) == []


def test_the_drawn_error_tree_is_the_real_one() -> None:
    real = {
        name: value.__bases__[0].__name__ if value is not errors.NeuralMotionError else None
        for name, value in inspect.getmembers(errors, inspect.isclass)
        if value.__module__ == errors.__name__
    }
    assert rules.drawn_tree(errors.__doc__ or "") == real


def test_a_wrong_error_tree_differs() -> None:
    drawn = "Errors.\n\nRoot\n├── A   one\n│   └── B   two\n└── C   three\n\nMore words here.\n"
    assert rules.drawn_tree(drawn) == {"Root": None, "A": "Root", "B": "A", "C": "Root"}


IMPORT_ALL = """
import importlib, pkgutil, sys
sys.modules["bpy"] = sys.modules["torch"] = sys.modules["mathutils"] = None
import blender_addon.core
assert "onnxruntime" not in sys.modules
for module in pkgutil.walk_packages(blender_addon.core.__path__, "blender_addon.core."):
    importlib.import_module(module.name)
    print(module.name)
"""


def test_core_imports_without_blender_and_torch() -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL]
    done = run_limited(command, 300, env=environ)
    assert done.returncode == 0, done.stderr
    assert "blender_addon.core.errors" in done.stdout.split()


def write_package(root: Path) -> None:
    """Modules that the samples import, so that ``from ..blender import rig`` names a module."""
    for path in ("core/errors", "blender/rig", "capabilities/w", "capabilities/b", "cli/common"):
        write(root, f"blender_addon/{path}.py", '"""A module."""')


def write(root: Path, path: str, source: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source, encoding="utf-8")
