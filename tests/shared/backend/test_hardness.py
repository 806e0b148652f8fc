"""What the command of hardness counts, out of real runs of pytest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from backend.hardness import command as hardness
from backend.hardness import results
from backend.hardness.parts import FULL, PARTS, QUICK, Part
from backend.hardness.results import Hardness, PartResult, read_report

KEYS = [
    "fuzz_inputs", "fuzz_crashes", "edit_sequences", "foreign_keys_changed", "kills", "jobs_lost",
    "half_files", "farm_jobs_lost", "seconds", "failures",
]  # fmt: skip
GOOD = """
import pytest

@pytest.mark.parametrize("count", [3, 4])
def test_counts(record_property, count):
    record_property("tried", count)
    record_property("lost", 0)
"""
BAD = """
import os, pytest

def test_loses(record_property):
    record_property("lost", 2)
    assert False, "two are lost"

@pytest.mark.skip(reason="no such machine")
def test_left_out():
    pass
"""


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Part, ...]:
    """A good part and a bad one, in place of the real ones."""
    made = []
    for name, text in (("good", GOOD), ("bad", BAD)):
        path = tmp_path / f"test_{name}.py"
        path.write_text(text, "utf-8")
        made.append(Part(name, (str(path),), figures=("tried", "lost")))
    for module in (hardness, results):
        monkeypatch.setattr(module, "PARTS", tuple(made))
    return tuple(made)


def test_what_is_counted_is_summed_and_what_is_not_is_null(parts, tmp_path):
    path = tmp_path / "out" / "hard.json"
    done = CliRunner().invoke(hardness.command, ["--json", str(path), "--quick"])
    assert done.exit_code == 1, done.output
    facts = json.loads(path.read_text("utf-8"))
    assert [each.name for each in path.parent.iterdir()] == ["hard.json"]
    assert facts["failures"]["good"] == []
    lost, skipped, uncounted = facts["failures"]["bad"]
    assert "test_loses: failure: AssertionError: two are lost" in lost
    assert "test_left_out: skipped: no such machine" in skipped
    assert uncounted == "no test counted tried"
    assert facts["seconds"].keys() == {"good", "bad"}
    assert all(word in done.output for word in ("good", "tried 7, lost 0", "none", "bad"))


def test_good_is_what_is_complete_and_without_failure(parts):
    good, bad = parts
    found = Hardness([PartResult(good, {"tried": 7, "lost": 0}, (), 1.0)])
    assert not found.is_good  # a part is missing
    found.results.append(PartResult(bad, {"tried": 1, "lost": 0}, (), 1.0))
    assert found.is_good
    found.results[1] = PartResult(bad, {"tried": 1, "lost": 0}, ("one",), 1.0)
    assert not found.is_good


def test_a_run_that_came_to_no_end_is_told(parts, tmp_path):
    good, _ = parts
    told = read_report(good, tmp_path / "none.xml", -9, 1.0)
    assert told.figures == {"tried": None, "lost": None}
    assert "ended with code -9 and left no report" in told.failures[0]
    torn = tmp_path / "torn.xml"
    torn.write_text("<testsuites><testsuite>", "utf-8")
    assert "left no report" in read_report(good, torn, 1, 1.0).failures[0]
    torn.write_text("<testsuites/>", "utf-8")
    assert read_report(Part("x", ()), torn, 5, 1.0).failures == (
        "pytest ended with code 5 after 0 tests",
    )


def test_the_file_has_every_figure_whatever_was_run():
    assert list(Hardness().facts()) == KEYS
    assert FULL.keys() == QUICK.keys() == {part.name for part in PARTS if part.option}
    assert len({part.name for part in PARTS}) == len(PARTS)
