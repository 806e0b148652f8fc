"""The rules of the house as functions over source files; each returns what breaks it.

A violation is one line, ``path:line: what is wrong``, so that a failing test says where to look.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from blender_addon.core.capabilities import CAPABILITIES

MAX_FILE_LINES = 450

BLENDER = frozenset(
    "addon_utils aud bl_math blf bmesh bpy bpy_extras gpu gpu_extras idprop imbuf mathutils "
    "rna_keymap_ui rna_prop_ui".split()
)
ANYTHING = None

UNSAFE_MODULES = frozenset(
    "dill ftplib http marshal multiprocessing pickle pip requests shelve smtplib socket "
    "socketserver ssl subprocess telnetlib urllib urllib3 webbrowser xmlrpc".split()
)
STARTS_PROGRAMS = frozenset({"blender_addon/cli/batch/supervisor.py"})
"""The one file of the extension that may start a program: copies of the Blender that it runs in, so
that a batch uses all cores and outlives a crash. tests/batch/test_supervisor.py looks at what."""
CLOCKS = frozenset({"datetime", "time", "timeit"})
UNSAFE_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
UNSAFE_OS = ("system", "popen", "exec", "spawn", "fork", "posix_spawn", "startfile")
_MAY_BE_UNSAFE = re.compile(rf"\b({'|'.join(UNSAFE_CALLS)}|allow_pickle|os|sys)\b")
"""What a file has somewhere that breaks the rule; others need not be parsed."""


@dataclass(frozen=True)
class Layer:
    """What the files under a path may import besides the standard library.

    Args:
        path: folder or file, relative to the repository.
        ours: modules of this repository (and everything below them).
        others: third-party top-level modules; ANYTHING lifts the limit.
    """

    path: str
    ours: tuple[str, ...]
    others: frozenset[str] | None


_CORE, _BLENDER = "blender_addon.core", "blender_addon.blender"
_CAPABILITIES, _CHARACTER = "blender_addon.capabilities", "blender_addon.demo_character"
_IN_BLENDER = BLENDER | {"numpy"}
_BESIDE_BLENDER = ("backend", _CORE, _BLENDER, _CAPABILITIES, _CHARACTER)
LAYERS = (
    Layer("blender_addon/core", (_CORE,), frozenset({"numpy"})),
    Layer("blender_addon/core/inference/session.py", (_CORE,), frozenset({"numpy", "onnxruntime"})),
    Layer("blender_addon/core/physics/engine.py", (_CORE,), frozenset({"numpy", "mujoco"})),
    Layer("blender_addon/blender", (_BLENDER, _CORE), _IN_BLENDER),
    Layer("blender_addon/demo_character", (_CHARACTER, _BLENDER, _CORE), _IN_BLENDER),
    Layer("blender_addon/capabilities", (_CAPABILITIES, _CHARACTER, _BLENDER, _CORE), _IN_BLENDER),
    *(
        Layer(
            f"blender_addon/capabilities/{name}/cli.py",
            ("blender_addon.cli.common", _CAPABILITIES, _CHARACTER, _BLENDER, _CORE),
            _IN_BLENDER,
        )
        for name in ("character", *(each.name for each in CAPABILITIES))
    ),
    Layer("blender_addon/cli", ("blender_addon.cli", _CAPABILITIES, _BLENDER, _CORE), _IN_BLENDER),
    Layer("blender_addon/preferences.py", (_BLENDER, _CORE), _IN_BLENDER),
    Layer("blender_addon", ("blender_addon",), _IN_BLENDER),
    Layer("backend", ("backend", _CORE), ANYTHING),
    # What is shown, measured or timed in Blender.
    *(
        Layer(f"backend/{name}", _BESIDE_BLENDER, ANYTHING)
        for name in ("bench", "demos", "people", "rigs")
    ),
    # What presses buttons or gives commands has the extension switched on.
    Layer("backend/demos/perform.py", (*_BESIDE_BLENDER, "blender_addon"), ANYTHING),
    Layer("backend/perform/bench_scene.py", (*_BESIDE_BLENDER, "blender_addon"), ANYTHING),
    Layer("backend/batch", ("backend", "blender_addon"), ANYTHING),
    Layer("backend/translations", ("backend", "blender_addon"), ANYTHING),
    Layer("backend/manual", ("backend", _CORE, "blender_addon.cli"), ANYTHING),
    *(
        Layer(f"backend/{each.name}/bench_scene.py", _BESIDE_BLENDER, ANYTHING)
        for each in CAPABILITIES
    ),
    # What build.py asks for is locked, and its commands are the gates.
    Layer("backend/packaging", ("backend", _CORE, "build"), ANYTHING),
)
APART = ("blender_addon/core", "blender_addon/capabilities", "backend", "tests")
"""Folders in which each capability has a folder of its own that knows nothing of the others."""
MAX_MODULES = 34
OUR_PACKAGES = ("blender_addon", "backend", "tests", "build")


@dataclass(frozen=True)
class Import:
    """One imported module: its absolute name, the line, whether it was written relatively."""

    module: str
    line: int
    relative: bool


def python_files(root: Path, *folders: str) -> list[Path]:
    """Every .py file under these folders of the repository."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def imports_of(root: Path, path: Path) -> tuple[Import, ...]:
    """Every import of a file, at the top or inside a function, also by import_module("…")."""
    return _imports(root, path, path.read_text("utf-8"))


@functools.cache
def _imports(root: Path, path: Path, source: str) -> tuple[Import, ...]:
    """A file's imports, found once for all rules that ask for them."""
    tree = ast.parse(source, str(path))
    by_name = "import_module" in source or "__import__" in source
    nodes = ast.walk(tree) if by_name else _statements(tree)
    return tuple(each for node in nodes for each in _imports_by(root, path, node))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """A module's statements at any depth without their expressions, which are most of it."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, ())
            waiting.extend(inner if isinstance(inner, list) else ())


def _imports_by(root: Path, path: Path, node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, False) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute_base(root, path, node)
        for alias in node.names:
            inner = root.joinpath(*base.split("."), alias.name)
            is_module = inner.is_dir() or inner.with_suffix(".py").is_file()
            name = f"{base}.{alias.name}" if is_module else base
            yield Import(name, node.lineno, node.level > 0)
    elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
        if node.args and isinstance(node.args[0], ast.Constant):
            yield Import(str(node.args[0].value), node.lineno, False)


def _absolute_base(root: Path, path: Path, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = list(path.relative_to(root).parent.parts)
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    """Last name of what is called: import_module for importlib.import_module(…)."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def layer_of(relative: Path) -> Layer:
    """The layer with the longest path that holds this file."""
    fitting = [layer for layer in LAYERS if relative.is_relative_to(layer.path)]
    return max(fitting, key=lambda layer: len(layer.path))


def import_violations(root: Path) -> list[str]:
    """Imports that a layer must not make, and absolute imports of the add-on by itself."""
    found = []
    for path in python_files(root, "blender_addon", "backend"):
        relative = path.relative_to(root)
        layer = layer_of(relative)
        for each in imports_of(root, path):
            if each.module == "subprocess" and relative.as_posix() in STARTS_PROGRAMS:
                continue
            reason = _why_not(layer, each)
            if reason:
                found.append(f"{relative.as_posix()}:{each.line}: {reason}")
    return found


def _why_not(layer: Layer, each: Import) -> str | None:
    top = each.module.split(".")[0]
    in_addon = layer.path.startswith("blender_addon")
    if top in OUR_PACKAGES:
        if not any(_is_below(each.module, ours) for ours in layer.ours):
            return f"{layer.path} must not import {each.module}"
        if in_addon and not each.relative:
            return f"the add-on imports itself relatively; found {each.module}"
    elif in_addon and top in UNSAFE_MODULES:
        return f"the add-on must not use {each.module}"
    elif layer.others is not None and top not in layer.others | sys.stdlib_module_names:
        return f"{layer.path} must not import {each.module}"
    return None


def capability_violations(root: Path) -> list[str]:
    """A capability that imports another, and shared code of the extension that imports any."""
    found = []
    for path in python_files(root, "blender_addon", "backend"):
        relative = path.relative_to(root)
        own = _capability_of(relative.as_posix())
        for each in imports_of(root, path):
            other = _capability_of(each.module.replace(".", "/") + "/")
            if other is None or other == own or _may_know_all(relative):
                continue
            found.append(f"{relative.as_posix()}:{each.line}: must not import {each.module}")
    return found


def _capability_of(path: str) -> str | None:
    """The capability in whose folder a path lies."""
    for each in CAPABILITIES:
        if any(path.startswith(f"{folder}/{each.name}/") for folder in APART):
            return each.name
    return None


def _may_know_all(relative: Path) -> bool:
    """Whether it shows the product as a whole, so that it may name capabilities."""
    return relative.parts[:2] in (("backend", "demos"), ("backend", "rigs"))


def crowded_folders(root: Path) -> list[str]:
    """Folders with more modules than can be taken in."""
    found = []
    for folder in ("blender_addon", "backend", "tests"):
        for each in sorted({path.parent for path in python_files(root, folder)}):
            count = len(list(each.glob("*.py")))
            if count > MAX_MODULES:
                name = each.relative_to(root).as_posix()
                found.append(f"{name}:1: {count} modules; {MAX_MODULES} are the limit")
    return found


def _is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def unsafe_violations(root: Path) -> list[str]:
    """Code from strings, pickled arrays, other programs, a changed module search path."""
    found = []
    for path in python_files(root, "blender_addon"):
        relative = path.relative_to(root).as_posix()
        source = path.read_text("utf-8")
        if not _MAY_BE_UNSAFE.search(source):
            continue
        for node in ast.walk(ast.parse(source, str(path))):
            what = _unsafe(node)
            if what:
                found.append(
                    f"{relative}:{getattr(node, 'lineno', 0)}: the add-on must not use {what}"
                )
    return found


def _unsafe(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in UNSAFE_CALLS:
            return f"{node.func.id}()"
    if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        if not (isinstance(node.value, ast.Constant) and node.value.value is False):
            return "allow_pickle"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.value.id == "os" and node.attr.startswith(UNSAFE_OS):
            return f"os.{node.attr}"
        if node.value.id == "sys" and node.attr == "path":
            return "sys.path"
    return None


def clock_violations(root: Path) -> list[str]:
    """Tests that ask the clock, and so pass or fail by what else the machine does."""
    return [
        f"{path.relative_to(root).as_posix()}:{each.line}: a test must not ask the clock; count "
        "calls, rays or allocations, or give what is tested a clock of the test's own"
        for path in python_files(root, "tests")
        for each in imports_of(root, path)
        if each.module in CLOCKS
    ]


def endless_violations(root: Path) -> list[str]:
    """Programs started without a limit, which may keep whoever waits for them waiting for ever."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno}: subprocess.{node.func.attr} may wait "
        "for ever; use backend.processes.run_limited, or give it a timeout"
        for path in python_files(root, "backend", "tests")
        if path != root / "backend/processes.py" and "subprocess" in path.read_text("utf-8")
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "subprocess"
        if "timeout" not in {each.arg for each in node.keywords}
    ]


def docstring_violations(root: Path) -> list[str]:
    """Modules, public functions, classes and methods of core without a docstring."""
    found = []
    for path in python_files(root, "blender_addon/core"):
        relative = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text("utf-8"), str(path))
        if tree.body and not ast.get_docstring(tree):
            found.append(f"{relative}:1: the module needs a docstring")
        for node in _public_definitions(tree):
            if not ast.get_docstring(node):
                found.append(f"{relative}:{node.lineno}: {node.name} needs a docstring")
    return found


def _public_definitions(
    parent: ast.Module | ast.ClassDef,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in parent.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("_"):
                yield node
                if isinstance(node, ast.ClassDef):
                    yield from _public_definitions(node)


def length_violations(root: Path, folders: Sequence[str]) -> list[str]:
    """Files too long to be read in one go."""
    found = []
    for path in [*python_files(root, *folders), *root.glob("*.py")]:
        lines = path.read_text("utf-8").count("\n")
        if lines > MAX_FILE_LINES:
            relative = path.relative_to(root).as_posix()
            found.append(f"{relative}:1: {lines} lines; split it, {MAX_FILE_LINES} are the limit")
    return found


def drawn_tree(docstring: str) -> dict[str, str | None]:
    """A tree drawn with ├── and └──: each class and its parent (None for the root)."""
    lines = docstring.splitlines()
    branches = [n for n, line in enumerate(lines) if re.match(r"[│ ]*[├└]── \w", line)]
    root = lines[branches[0] - 1].split()[0]
    parents: dict[str, str | None] = {root: None}
    above = [(-1, root)]
    for line in (lines[n] for n in branches):
        column, name = re.search("[├└]", line).start(), re.search(r"\w+", line)[0]
        above = [(place, parent) for place, parent in above if place < column]
        parents[name] = above[-1][1]
        above.append((column, name))
    return parents
