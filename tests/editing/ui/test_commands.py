"""The edits and the map on the command line, and as steps of a jobs file."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import pytest

from blender_addon import cli
from blender_addon.capabilities.editing.job import EditJob
from blender_addon.capabilities.editing.motion_map import making
from blender_addon.capabilities.editing.motion_map.fetching import fetch
from blender_addon.capabilities.editing.motion_map.job import MapJob
from blender_addon.cli.commands import parsers
from blender_addon.core.batch.jobs_file import read_jobs
from blender_addon.core.batch.problems import JobsFileError
from blender_addon.core.bvh import write_bvh
from tests.editing.ui.motions import Amounts, Mover, first_two, moving_rig
from tests.shared.core.motion_samples import stepping_clip

pytestmark = pytest.mark.blender
EDIT, MAKE = EditJob.run, MapJob.run


@pytest.fixture(autouse=True)
def without_networks(monkeypatch):
    """Edits lift the hips, and a map lays windows out by their first numbers."""
    monkeypatch.setattr(EditJob, "run", lambda job, told=None: EDIT(job, told, editor=Mover()))
    monkeypatch.setattr(making, "encoder_key", lambda _models: "stand-in")
    monkeypatch.setattr(
        MapJob, "run",
        lambda job, told=None: MAKE(job, told, encoder=Amounts(), flatten=first_two),
    )  # fmt: skip


@pytest.fixture
def shot(addon, tmp_path) -> Path:
    """A file with a character that moves, which is closed again."""
    moving_rig()
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(each) for each in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_motion_is_edited_and_saved(shot, tmp_path, capsys):
    out = tmp_path / "out.blend"
    code, told, err = run(
        capsys, "clean", "--rig", "Rig", "--range", "10:40", "--bone", "Hips", "--blend", shot,
        "--out", out, "--log", "json",
    )  # fmt: skip
    assert code == 0, err
    facts = json.loads(told.splitlines()[-1])
    assert facts["state"] == "done" and facts["frames"] == [10, 40]
    bpy.ops.wm.open_mainfile(filepath=str(out))
    rig = bpy.data.objects["Rig"]
    assert [t.strips[0].action.name for t in rig.animation_data.nla_tracks] == facts["written"]
    moved = {}
    for frame in (5, 25, 50):
        bpy.context.scene.frame_set(frame)
        moved[frame] = rig.pose.bones["Hips"].matrix.translation.z
    bpy.data.objects["Rig"].animation_data.nla_tracks[0].mute = True
    for frame, height in moved.items():
        bpy.context.scene.frame_set(frame)
        lifted = height - rig.pose.bones["Hips"].matrix.translation.z
        assert lifted == pytest.approx(0.05 if frame == 25 else 0.0, abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fill", "--rig", "Rig"], "nothing says what is to be filled"),
        (["fill", "--rig", "Rug", "--range", "1:9"], "Did you mean 'Rig'"),
        (["fill", "--rig", "Rig", "--gaps-over", "-3"], "give a number from 0"),
        (["vary", "--rig", "Rig", "--bone", "Hipz"], "there is no bone named 'Hipz'"),
        (["vary", "--rig", "Rig", "--variants", "99"], "--variants is 99; give 1 to 64"),
        (["vary", "--rig", "Rig", "--max-error-mm", "-1"], "--max-error-mm is -1; give 0 to"),
        (["restyle", "--rig", "Rig", "--reference", "Gone"], "no strip 'Gone'"),
        (["follow", "--rig", "Rig", "--path", "Rig"], "is an armature, not a curve"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_saved(shot, tmp_path, capsys, arguments, says):
    out = tmp_path / "out.blend"
    code, _, err = run(capsys, *arguments, "--blend", shot, "--out", out)
    assert code == 1 and says in err
    assert not out.exists()


def test_one_character_to_a_command(shot, capsys):
    with pytest.raises(SystemExit):
        run(capsys, "vary", "--rig", "Rig", "--character", "Carl", "--blend", shot)
    assert "--character is given twice" in capsys.readouterr().err


def test_the_open_file_is_named_and_left_out_of_a_folder(shot, tmp_path, capsys):
    write_bvh(tmp_path / "walk.bvh", stepping_clip(180, 30.0))
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    out = tmp_path / "map.json"
    code, _, err = run(capsys, "map", "--folder", tmp_path, "--out", out, "--no-cache")
    assert code == 0, err
    assert "shot.blend is left out: it is the file that is open" in err
    assert [each["name"] for each in json.loads(out.read_text("utf-8"))["clips"]] == ["walk"]
    with fetch(bpy.context, "Rig", str(shot)) as fetched:  # known from when another was open
        assert fetched.action == bpy.data.objects["Rig"].animation_data.action
    assert len(bpy.data.actions) == 1


def test_edits_are_steps_of_a_jobs_file(shot, tmp_path):
    text = """
    format = 1
    [[job]]
    name = "a"
    blend = "shot.blend"
    out = "b.blend"
    character = "Rig"
    seed = 3
    do = [{ clean = { missing = ["Head"] } }, { fill = { range = [4, 20], variants = 2 } },
          { loop = { in_place = true } }]
    """
    (tmp_path / "jobs.toml").write_text(text, "utf-8")
    (job,) = read_jobs(tmp_path / "jobs.toml", parsers())
    assert [each.command for each in job.steps] == ["clean", "fill", "loop"]
    assert "--range=4:20" in job.steps[1].arguments and "--seed=3" in job.steps[1].arguments
    assert "--in-place" in job.steps[2].arguments
    for wrong, says in (
        ("fill = {}", 'fill needs "range" or "gaps_over"'),
        ("fill = { range = [1, 9], gaps_over = 3 }", 'fill takes one of "range", "gaps_over"'),
        ("vary = { amount = 9 }", "amount must be 0 to 2; found 9"),
        ("connect = { first = 'A' }", 'connect needs "second"'),
        ("map = { folder = 'x' }", "map"),
    ):
        (tmp_path / "jobs.toml").write_text(
            text.replace("do = [", f"do = [{{ {wrong} }}, ", 1), "utf-8"
        )
        with pytest.raises(JobsFileError) as error:
            read_jobs(tmp_path / "jobs.toml", parsers())
        assert any(says in each.text for each in error.value.problems), error.value.problems


def test_a_folder_becomes_a_map(addon, tmp_path, capsys):
    folder = tmp_path / "motions"
    folder.mkdir()
    for name in ("walk_1", "walk_2", "run_1"):
        write_bvh(folder / f"{name}.bvh", stepping_clip(90, 30.0))
    (folder / "broken.bvh").write_text("HIERARCHY", "utf-8")
    out = tmp_path / "map.json"
    code, told, err = run(capsys, "map", "--folder", folder, "--out", out, "--no-cache")
    assert code == 0 and "3 motions, 6 stretches of 2 s" in told
    assert "note: broken.bvh is left out" in err
    assert {each["label"] for each in json.loads(out.read_text("utf-8"))["clips"]} == {
        "walk",
        "run",
    }
    code, _, err = run(capsys, "map", "--folder", folder, "--out", out, "--no-cache")
    assert code == 1 and "exists and is kept" in err
    code, _, err = run(capsys, "map", "--folder", folder, "--out", tmp_path / "no" / "m.svg")
    assert code == 1 and "does not exist. Make it" in err
