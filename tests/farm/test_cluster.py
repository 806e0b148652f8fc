"""What needs a cluster, in a process of its own.

Dask's threads go on for a while after it has ended. Blender's module, which other tests use in the
same process, does not bear other threads that run Python while it works.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from backend.processes import run_limited

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT_S = 540.0


@pytest.mark.parametrize("module", ["cluster_shots", "cluster_real"])
def test_in_a_process_of_its_own(
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
    module: str,
) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed here")
    report = tmp_path / "report.xml"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
        "-o", "junit_family=xunit1", f"--junitxml={report}", f"--basetemp={tmp_path / 'own'}",
        f"--farm-jobs={pytestconfig.getoption('--farm-jobs')}", str(HERE / f"{module}.py"),
    ]  # fmt: skip
    environ = {name: each for name, each in os.environ.items() if not name.startswith("PYTEST_")}
    done = run_limited(command, LIMIT_S, cwd=ROOT, env=environ)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for each in ET.parse(report).iter("property"):
        record_property(each.get("name", ""), each.get("value"))
