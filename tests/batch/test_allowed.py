"""Files that a jobs file names stay where they may lie, whichever way they are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blender_addon.core.batch.allowed import Places, place_key
from blender_addon.core.batch.problems import Unfit
from tests.batch.jobs_samples import make_files

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")


@pytest.fixture
def places(tmp_path):
    """Of a jobs file in a folder, beside which lies another one."""
    make_files(tmp_path, "jobs/jobs.toml", "jobs/a.blend", "jobs/in/b.blend", "other/c.blend")
    return Places.around(tmp_path / "jobs/jobs.toml")


def test_files_within_are_found_by_their_real_place(places, tmp_path):
    assert places.blend("a.blend") == (tmp_path / "jobs/a.blend").resolve()
    assert places.blend("in/../a.blend") == places.blend("./a.blend") == places.blend("a.blend")
    assert places.blend(str(tmp_path / "jobs" / "in" / "b.blend")) == places.blend("in/b.blend")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("../other/c.blend", "leads out of the jobs file's folder"),
        ("in/../../other/c.blend", "leads out"),
        ("/etc/passwd", "leads out"),
        ("//server/share/x.blend", "begins with two slashes"),
        ("\\\\server\\x.blend", "begins with two slashes"),
        ("~/x.blend", "begins with ~"),
        ("~root/x.blend", "begins with ~"),
        ("", "an empty path"),
        (" ", "an empty path"),
        ("a\0.blend", "is no file's name"),
        ("a\ud800.blend", "is no file's name"),
        ("a/" * 600 + "a.blend", "too long for Blender"),
        ("a.blend/b.blend", "does not exist"),
        ("in", "is a folder"),
        (".", "is a folder"),
        ("missing.blend", "does not exist"),
        ("x" * 300 + ".blend", "x"),
    ],
)  # fmt: skip
def test_what_is_no_file_within_is_refused(places, text, says):
    with pytest.raises(Unfit) as caught:
        places.blend(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_folder_can_be_allowed(places, tmp_path):
    wider = Places.around(tmp_path / "jobs/jobs.toml", [tmp_path / "other"])
    assert wider.blend("../other/c.blend") == (tmp_path / "other/c.blend").resolve()
    assert wider.output(str(tmp_path / "other/new.blend")).name == "new.blend"
    with pytest.raises(Unfit, match=r"only within the jobs file's own folder"):
        wider.output("../other/new/x.blend")


@needs_links
def test_links_are_followed_before_they_are_judged(places, tmp_path):
    (tmp_path / "jobs/out").symlink_to(tmp_path / "other")
    (tmp_path / "jobs/c.blend").symlink_to(tmp_path / "other/c.blend")
    (tmp_path / "jobs/own.blend").symlink_to(tmp_path / "jobs/a.blend")
    (tmp_path / "jobs/loop.blend").symlink_to("loop.blend")
    (tmp_path / "jobs/gone.blend").symlink_to(tmp_path / "other/none.blend")
    for text in ("out/c.blend", "c.blend"):
        with pytest.raises(Unfit, match="leads out"):
            places.blend(text)
    for text in ("out/new.blend", "gone.blend"):
        with pytest.raises(Unfit, match="leads out"):
            places.output(text)
    assert places.blend("own.blend") == places.blend("a.blend")
    with pytest.raises(Unfit):
        places.blend("loop.blend")
    (tmp_path / "link").symlink_to(tmp_path / "jobs")
    assert Places.around(tmp_path / "link/jobs.toml").folder == places.folder


def test_an_output_can_be_in_a_folder_that_is_to_be_made(places, tmp_path):
    assert places.output("new/deep/x.BLEND") == (tmp_path / "jobs/new/deep/x.BLEND").resolve()
    assert not (tmp_path / "jobs/new").exists()
    for text, says in (
        ("x.txt", "does not end in .blend"),
        ("in", "does not end in .blend"),
        ("a.blend/x.blend", "a file has its name"),
        ("nul.blend", "a device's name on Windows"),
    ):
        with pytest.raises(Unfit, match=says):
            places.output(text)


def test_a_folder_that_cannot_be_entered_is_a_reason(places, monkeypatch):
    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(Unfit, match="permission denied"):
        places.blend("a.blend")
    with pytest.raises(Unfit, match="permission denied"):
        places.output("new.blend")


def test_a_file_of_another_kind_is_no_blend(places, tmp_path):
    (tmp_path / "jobs/a.blend").write_bytes(b"PK")
    with pytest.raises(Unfit, match="is no Blender file"):
        places.blend("a.blend")


def test_upper_and_lower_case_are_one_place(tmp_path):
    assert place_key(tmp_path / "A/É.blend") == place_key(tmp_path / "a/e\u0301.BLEND")
    assert place_key(tmp_path / "a.blend") != place_key(tmp_path / "b.blend")


def test_an_empty_file_is_of_no_use(tmp_path):
    (tmp_path / "jobs.toml").write_text("format = 1")
    (tmp_path / "a.wav").touch()
    with pytest.raises(Unfit, match=r'"a.wav" is empty. Bring it anew'):
        Places.around(tmp_path / "jobs.toml").file("a.wav")
