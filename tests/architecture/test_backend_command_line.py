"""``python -m backend``: quick to answer, lazy to import, one line for an error made on purpose."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import click
import pytest

from backend import __main__ as command_line
from backend.processes import run_limited
from blender_addon.core.capabilities import CAPABILITIES, Capability
from blender_addon.core.errors import ClipError

ROOT = Path(__file__).resolve().parents[2]
NOTHING_HEAVY = """
import sys
sys.argv = ["backend", *{arguments!r}]
from backend.__main__ import main
try:
    main()
finally:
    assert not {{"torch", "bpy", "scipy"}} & set(sys.modules), "imported before it was needed"
"""


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]])
def test_help_names_the_commands_without_importing_them(arguments: list[str]) -> None:
    program = NOTHING_HEAVY.format(arguments=arguments)
    done = run_limited([sys.executable, "-c", program], 300, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_an_error_made_on_purpose_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ClipError("found 3 frames; expected 4; record one more")

    offer(monkeypatch, click.Command("bench", callback=fail))
    assert command_line.main() == 1
    assert capsys.readouterr().err == "Error: found 3 frames; expected 4; record one more\n"


def test_a_module_without_a_command_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "no command")
    with pytest.raises(TypeError, match=r"must offer a click\.Command"):
        command_line.main()


def test_a_registry_line_without_its_package_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hello = Capability("hello", "Hello", {"nodding": "hello"})
    monkeypatch.setattr(command_line, "CAPABILITIES", (*CAPABILITIES, hello))
    monkeypatch.setattr(sys, "argv", ["backend", "train", "hello"])
    assert command_line.main() == 1
    told = capsys.readouterr().err
    assert "names 'hello', but there is no backend/hello/train.py" in told


def offer(monkeypatch: pytest.MonkeyPatch, command: object) -> None:
    """Let a small module stand where the bench is, and ask for the bench."""
    module = types.ModuleType("small_bench")
    module.command = command
    monkeypatch.setitem(sys.modules, "small_bench", module)
    monkeypatch.setitem(command_line.OTHERS, "bench", ("small_bench", ""))
    monkeypatch.setattr(sys, "argv", ["backend", "bench"])
