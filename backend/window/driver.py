"""Starts a real Blender with its window through a driver, and installs our zip there.

The driver is a command that starts such a Blender; it is named in NEURAL_MOTION_GUI and offers

    <driver> run [--gui] [--size WxH] [--bind DIR]... --home NAME --timeout S -- BLENDER_ARGUMENTS

with Blender's own exit status: --bind shows a folder at the same path, --home keeps preferences
and installed extensions under a name between runs. Scripts run with --gui can import ``rbgui``:
``rbgui.drive(steps)`` runs the generator ``steps(ui)`` and ends Blender; what it yields is waited
for (seconds, or a function that becomes true); ``ui.sidebar(tab)``, ``ui.shot(path)``,
``ui.click(x, y)``, ``ui.key(name)``, ``ui.type(text)``, ``ui.move(x, y)`` and
``yield from ui.find(op=..., prop=...)``, the place of a button or field, do the rest. They can
import the modules of this folder by name as well, ``clicks`` first of all, and run ``xdotool``.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
_SOUNDS: Final = ROOT / "backend" / "demos" / "sounds"
DRIVER_VARIABLE: Final = "NEURAL_MOTION_GUI"
_BAD_OUTPUT: Final = (
    "Traceback", "already registered", "unregister_class", "rna_uiItemR", "WARN (bpy",
)  # fmt: skip


class WindowError(Exception):
    """Blender's window could not be used as expected; says what happened or what to set."""


@dataclass(frozen=True)
class Driver:
    """One Blender with preferences of its own.

    Args:
        command: what starts it.
        home: name under which its preferences and extensions are kept.
        kept: folder for what scripts keep: pictures, facts.
        size: of the window, in pixels.
    """

    command: tuple[str, ...]
    home: str
    kept: Path
    size: str

    def run(self, *arguments: str, window: bool = False, timeout_s: int = 120) -> str:
        """Run Blender with these arguments.

        Returns:
            What it printed.

        Raises:
            WindowError: Blender did not end with status 0.
        """
        self.kept.mkdir(parents=True, exist_ok=True)
        options = ["--gui", "--size", self.size] if window else []
        for folder in (HERE, _SOUNDS, ROOT / "tests", ROOT / "dist", self.kept):
            options += ["--bind", str(folder)] if folder.is_dir() else []
        whole = [*self.command, "run", *options, "--home", self.home]
        whole += ["--timeout", str(timeout_s), "--", *arguments]
        done = subprocess.run(
            whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=timeout_s + 600,
        )  # fmt: skip
        if done.returncode:
            raise WindowError(f"status {done.returncode} of {whole}:\n{done.stdout[-6000:]}")
        return done.stdout

    def install(self, zip_path: Path) -> None:
        """Install our zip and switch it on."""
        install = ("--command", "extension", "install-file", "-r", "user_default", "-e")
        said = self.run(*install, str(zip_path.resolve()))
        if "Installed" not in said and "Reinstalled" not in said:
            raise WindowError(f"{zip_path} was not installed:\n{said}")

    def run_script(self, script: Path, timeout_s: int = 240) -> dict[str, Any]:
        """Run a script in the window.

        Returns:
            The facts that it noted.

        Raises:
            WindowError: the script failed, or Blender complained.
        """
        name = script.stem.removeprefix("steps_")
        facts = self.kept / f"{name}.json"
        for old in (facts, *self.kept.glob(f"{name}_*.png")):
            old.unlink(missing_ok=True)
        find_modules = f"import sys; sys.path.insert(0, {str(HERE)!r})"
        said = self.run(
            "--python-expr", find_modules, "--python", str(script), "--", str(self.kept),
            window=True, timeout_s=timeout_s,
        )  # fmt: skip
        (self.kept / f"{name}.log").write_text(said, "utf-8")
        if any(_is_bad(line) for line in said.splitlines()):
            raise WindowError(f"Blender complained:\n{said}")
        return json.loads(facts.read_text("utf-8")) if facts.is_file() else {}


def _is_bad(line: str) -> bool:
    own = "'PreferencesView'" in line  # Blender's, where it was built without languages
    return not own and any(word in line for word in _BAD_OUTPUT)


def driver_from_environment(home: str, kept: Path, size: str = "1600x1000") -> Driver | None:
    """The driver that NEURAL_MOTION_GUI names; None where it names none."""
    command = os.environ.get(DRIVER_VARIABLE)
    return Driver(tuple(shlex.split(command)), home, kept.resolve(), size) if command else None
