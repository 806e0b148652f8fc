"""Programs end: within their limit with all that they started, and in spite of Blender's module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.processes import run_limited

ROOT = Path(__file__).resolve().parents[3]
BEAT = """
import sys, time
with open(sys.argv[1], "a") as kept:
    while True:
        kept.write("."); kept.flush(); time.sleep(0.02)
"""
# A program that never ends, and one below it that leads a group of its own.
STUCK = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], start_new_session=True)
print("it began", flush=True)
child.wait()
"""
# Something keeps Blender's module alive to the end, as a cache of types may.
KEEP = "ctypes.pythonapi.Py_IncRef(ctypes.py_object(bpy))"
KEPT_ALIVE = """
import ctypes, sys
import bpy
from backend.processes import run_main
{keep}
def main():
    print("all is done")
    {ending}
sys.exit(run_main(main))
"""


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-c", *arguments]


def test_what_a_program_writes_comes_back() -> None:
    program = "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"
    done = run_limited(python(program), 120)
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err")


def test_lines_are_shown_as_they_come() -> None:
    shown: list[str] = []
    done = run_limited(python("print('one\\ntwo'); print('three', end='')"), 120, show=shown.append)
    assert shown == done.stdout.splitlines() == ["one", "two", "three"]


def test_a_program_that_is_stuck_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shown: list[str] = []
    with pytest.raises(subprocess.TimeoutExpired, match=str(kept)) as stuck:
        run_limited(python(STUCK, BEAT, str(kept)), 3.0, show=shown.append)
    assert stuck.value.output.splitlines() == shown == ["it began"]
    assert kept.stat().st_size
    written = kept.stat().st_size
    run_limited(python("import time; time.sleep(0.3)"), 120)
    assert kept.stat().st_size == written


def test_a_program_that_leaves_another_running_is_not_waited_for() -> None:
    leave = STUCK.replace("child.wait()", "print(child.pid)")
    done = run_limited(python(leave, "import time; time.sleep(60)", ""), 30)
    subprocess.run(["kill", done.stdout.split()[-1]], check=True, timeout=60)


@pytest.mark.blender
@pytest.mark.parametrize(
    ("ending", "code"),
    [("return 4", 4), ("sys.exit(5)", 5), ("sys.exit('no')", 1), ("raise ValueError('no')", 1)],
)
def test_a_process_with_blender_ends_with_its_code(ending: str, code: int) -> None:
    done = run_limited(python(KEPT_ALIVE.format(keep=KEEP, ending=ending)), 120, cwd=ROOT)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines()[-1] == "all is done"
    assert ("no\n" in done.stderr) == ("'no'" in ending)


@pytest.mark.blender
def test_pytest_ends_with_its_report(tmp_path: Path) -> None:
    text = "import ctypes, bpy\ndef test_it():\n    " + KEEP + "\n    assert bpy.data is None\n"
    (tmp_path / "test_kept.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", str(tmp_path)]
    done = run_limited([*command, "--rootdir", str(ROOT)], 120, cwd=ROOT)
    assert done.returncode == 1, done.stderr
    assert "1 failed in" in done.stdout
