"""The gates: every stage runs, its tests are counted, and one failure is the whole's."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from backend.packaging import gates
from backend.packaging.gates import SINGLE, WHOLE, Finding, Stage, run_all
from backend.processes import run_limited
from build import BLENDERS, TORCH_SERIES

A, B, C = (Stage(name, (name,)) for name in "abc")
PASSED = Finding(0, "....\n==== 12 passed, 2 skipped, 1 deselected in 3.20s (0:00:03) ====\n")
FAILED = Finding(1, "12 passed in 1.0s is what a test printed\n1 failed, 3 passed, 1 error in 2s\n")
BROKEN = Finding(2, "build.py: no Python 3.11 was found\n")
STUCK = Finding(None, "====== 12 passed in 1.0s ======\nwaiting\n")


ROOT = Path(__file__).resolve().parents[2]
BEAT = """
import time
from pathlib import Path
with Path(__file__).with_name("kept").open("a") as kept:
    while True:
        kept.write("."); kept.flush(); time.sleep(0.02)
"""
END_WHEN_BEGUN = """
import os, signal, sys, threading, time
from pathlib import Path
from backend.packaging import gates
gates.BUILD_PY, kept = map(Path, sys.argv[1:])
def end():
    while not (kept.is_file() and kept.stat().st_size):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end, daemon=True).start()
gates.main()
"""


@pytest.mark.parametrize(
    ("finding", "passed", "failed", "skipped"),
    [
        (PASSED, 12, 0, 2),
        (FAILED, 3, 2, 0),
        (BROKEN, 0, 1, 0),
        (STUCK, 12, 1, 0),
        (Finding(0, "done"), 0, 0, 0),
    ],
)
def test_the_tests_of_a_stage_are_counted(
    finding: Finding, passed: int, failed: int, skipped: int
) -> None:
    assert finding.counts == {"passed": passed, "failed": failed, "skipped": skipped}


def test_every_stage_runs_whichever_fails(capsys: pytest.CaptureFixture[str]) -> None:
    endings = {A: BROKEN, B: PASSED, C: FAILED}
    assert run_all(((2, (A, B)), (1, (C,))), endings.__getitem__) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == ["failed: a, c", "15 passed, 3 failed, 2 skipped"]
    assert all(f"######## {name}: begins" in told for name in "abc")
    assert "build.py: no Python 3.11 was found" in told


def test_all_is_well_only_where_every_stage_passed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all(((1, (A,)), (1, (B,))), lambda _: PASSED) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "24 passed, 0 failed, 4 skipped"


def test_a_stage_that_never_ends_is_ended_and_has_failed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = "import time\nprint('== 12 passed in 1.0s ==', flush=True)\ntime.sleep(600)"
    (tmp_path / "build.py").write_text(stuck, encoding="utf-8")
    monkeypatch.setattr(gates, "BUILD_PY", tmp_path / "build.py")
    assert run_all(((1, (Stage("tests", (), limit_s=3.0),)),)) == 1
    told = capsys.readouterr().out.splitlines()
    assert "tests | == 12 passed in 1.0s ==" in told
    assert any("FAILED: did not end within 3 s" in line for line in told)
    assert told[-2:] == ["failed: tests", "12 passed, 1 failed, 0 skipped"]


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked to end there")
def test_gates_that_are_ended_take_their_stages_along(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (tmp_path / "build.py").write_text(BEAT, encoding="utf-8")
    command = [sys.executable, "-c", END_WHEN_BEGUN, str(tmp_path / "build.py"), str(kept)]
    done = run_limited(command, 120, cwd=ROOT)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    written = kept.read_text("utf-8")
    run_limited([sys.executable, "-c", "import time; time.sleep(0.3)"], 120)
    assert written and kept.read_text("utf-8") == written


def test_every_blender_is_tried() -> None:
    arguments = [stage.arguments for stage in (*SINGLE, *WHOLE)]
    tried = {a[a.index("--bpy") + 1] for a in arguments if "--bpy" in a}
    assert tried | {TORCH_SERIES} == set(BLENDERS)
