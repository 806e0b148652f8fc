"""A folder of shots becomes a jobs file that can be read; nothing there is changed."""

from __future__ import annotations

import shutil

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon import cli  # noqa: E402
from blender_addon.cli.commands import parsers  # noqa: E402
from blender_addon.core.batch.jobs_file import read_jobs  # noqa: E402
from tests.shared.blender.builders import make_curve, make_rig  # noqa: E402
from tests.shared.blender.face_builders import make_face  # noqa: E402
from tests.shared.core.sound_samples import sine, write_wav  # noqa: E402

pytestmark = pytest.mark.blender


def save(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


def add_sound(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, sine(16_000, 0.2), 16_000)


def scan(capsys, *arguments):
    """The exit code, what stands on the standard output, and on the standard error."""
    capsys.readouterr()  # what Blender told while the files were made
    code = cli.run(["jobs", "scan", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def walker(addon):
    """A file with a rig that can walk, a face of its own and a curve."""
    rig = make_rig()
    rig.name = "Anna"
    make_face(parent=rig)
    make_curve([(0, 0, 0), (0, -4, 0)], name="Way")
    return rig


def test_shots_with_and_without_a_sound(walker, tmp_path, capsys):
    shots = tmp_path / "shots"
    for name in ("010", "020", "deep/030"):
        save(shots / f"{name}.blend")
    save(tmp_path / "out/010.blend")  # of an earlier run
    save(shots / ".hidden/x.blend")
    add_sound(shots / "010.wav")
    add_sound(tmp_path / "sound/020_anna.WAV")
    add_sound(tmp_path / "sound/020.wav")
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    code, out, err = scan(capsys, tmp_path, "--out", tmp_path / "jobs.toml")
    assert (code, err) == (0, "")
    assert "jobs.toml is written; check it with run jobs.toml --dry-run" in out
    first, second, third = read_jobs(tmp_path / "jobs.toml", parsers())
    assert [each.name for each in (first, second, third)] == [
        "shots_010", "shots_020", "shots_deep_030",
    ]  # fmt: skip
    assert [each.command for each in first.steps] == ["walk", "speech", "gesture"]
    assert "--path=Way" in first.steps[0].arguments
    sounds = [str((tmp_path / each).resolve()) for each in ("shots/010.wav", "sound/020_anna.WAV")]
    assert f"--sound={sounds[0]}" in first.steps[1].arguments
    assert f"--sound={sounds[1]}" in second.steps[2].arguments
    assert [each.command for each in third.steps] == ["walk"]
    assert {each.out.parent for each in (first, second, third)} == {(tmp_path / "out").resolve()}
    for each, content in before.items():
        assert each.read_bytes() == content
    text = (tmp_path / "jobs.toml").read_text()
    assert text.count("character") == 1
    assert text.count("do = ") == 2  # the template's, and that of the shot without a sound


def test_what_is_not_clear_is_commented_out_with_its_reason(walker, tmp_path, capsys):
    save(tmp_path / "a.blend")
    make_rig(name="Ben")
    save(tmp_path / "b.blend")
    (tmp_path / "c.blend").write_bytes(b"no Blender file")
    bpy.ops.wm.read_homefile(use_empty=True)
    save(tmp_path / "d.blend")
    code, out, err = scan(capsys, tmp_path)
    assert code == 3
    assert err.count("warning: ") == 3
    for reason in (
        "# there are several characters: 'Anna', 'Ben'. Give one as character",
        "c.blend is no Blender file",
        "# there is no armature and no face in it",
    ):
        assert reason in out
    (tmp_path / "jobs.toml").write_text(out)
    (job,) = read_jobs(tmp_path / "jobs.toml", parsers())
    assert job.name == "a"


def test_targets_that_are_chosen_are_looked_at(walker, tmp_path, capsys):
    target = bpy.data.objects.new("Ball", None)
    bpy.context.collection.objects.link(target)
    row = walker.neural_motion.gaze.targets.add()
    row.target, row.kind = target, "OBJECT"
    save(tmp_path / "a.blend")
    _, out, _ = scan(capsys, tmp_path)
    assert '{ gaze = { target = ["Ball:object"] } }' in out


def test_a_shot_outside_the_jobs_files_folder_is_named_as_a_whole(walker, tmp_path, capsys):
    (tmp_path / "jobs").mkdir()
    save(tmp_path / "shots/a.blend")
    target = tmp_path / "jobs/jobs.toml"
    code, _, err = scan(capsys, tmp_path / "shots", "--out", target)
    assert code == 0
    assert f"note: files lie outside the jobs file's folder: run it with --root {tmp_path}" in err
    assert str((tmp_path / "shots/a.blend").resolve()) in target.read_text()
    (job,) = read_jobs(target, parsers(), [tmp_path / "shots"])
    assert job.out == (tmp_path / "jobs/out").resolve() / f"{job.name}.blend"


def test_scripts_of_a_shot_are_not_run(walker, tmp_path, capsys):
    text = bpy.data.texts.new("run.py")
    text.write("import bpy\nbpy.data.objects['Anna'].name = 'Mallory'")
    text.use_module = True
    save(tmp_path / "a.blend")
    bpy.context.preferences.filepaths.use_scripts_auto_execute = True
    try:
        _, out, _ = scan(capsys, tmp_path)
    finally:
        bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    assert 'character = "Anna"' in out


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: ["nowhere"], "is no folder"),
        (lambda folder: [folder / "empty"], "holds no .blend files"),
        (lambda folder: [folder, "--out", folder / "jobs.json"], "does not end in .toml"),
        (lambda folder: [folder, "--out", folder / "kept.toml"], "exists and is kept"),
        (lambda folder: [folder, "--out", folder / "no/jobs.toml"], "does not exist. Make it"),
    ],
)
def test_what_cannot_be_scanned_is_refused(addon, tmp_path, capsys, make, says):
    (tmp_path / "empty").mkdir()
    (tmp_path / "kept.toml").write_text("mine")
    (tmp_path / "a.blend").write_bytes(b"")
    code, out, err = scan(capsys, *make(tmp_path))
    assert (code, out) == (1, "")
    assert says in err
    assert (tmp_path / "kept.toml").read_text() == "mine"


def test_odd_names_become_fit_ones(walker, tmp_path, capsys):
    save(tmp_path / "a b.blend")
    for name in ("a_b.blend", "Ä'\"\\.blend", "A B.blend"):
        shutil.copy(tmp_path / "a b.blend", tmp_path / name)
    _, out, _ = scan(capsys, tmp_path)
    (tmp_path / "jobs.toml").write_text(out)
    jobs = read_jobs(tmp_path / "jobs.toml", parsers())
    assert sorted(each.name for each in jobs) == ["A_B", "a_b_2", "a_b_3", "shot"]
