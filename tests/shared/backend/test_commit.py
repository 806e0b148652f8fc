"""What a model's contract records of the code that made it."""

from __future__ import annotations

import pytest

from backend.export.commit import current_commit
from backend.processes import run_limited


def git(folder, *arguments):
    own = [
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    done = run_limited(["git", *own, *arguments], 300, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """One commit of code and a model."""
    for name in ("backend", "blender_addon", "onnx_models"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("1")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "First")
    return tmp_path


def test_the_commit_of_clean_code(repository, caplog):
    (repository / "onnx_models" / "file").write_text("2")  # as every export does
    assert current_commit(repository) == git(repository, "rev-parse", "HEAD")
    assert not caplog.records


@pytest.mark.parametrize("name", ["backend/file", "blender_addon/new"])
def test_changed_code_is_marked(repository, caplog, name):
    (repository / name).write_text("2")
    assert current_commit(repository) == git(repository, "rev-parse", "HEAD") + "-dirty"
    assert "differs from commit" in caplog.text


def test_no_repository_is_said(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert current_commit(tmp_path) == "unknown"
    assert "recorded as 'unknown'" in caplog.text
    assert "not a git repository" in caplog.text


def test_missing_git_is_said(repository, monkeypatch, caplog):
    monkeypatch.setenv("PATH", "")
    assert current_commit(repository) == "unknown"
    assert "No such file" in caplog.text
