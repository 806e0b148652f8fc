"""Whatever is given on the command line: one line says what is wrong, before any work is done."""

from __future__ import annotations

import re

import bpy
import pytest

from blender_addon import cli
from blender_addon.cli import common, files
from blender_addon.core.errors import REPORTED, InputError, in_words
from tests.shared.blender.face_builders import make_armature, make_face
from tests.shared.core.sound_samples import sine, write_wav

pytestmark = pytest.mark.blender


@pytest.fixture
def given(addon, tmp_path):
    """A saved file with a face, an armature, a curve and a camera, and a voice beside it."""
    make_face()
    make_armature(name="Rig")
    for name, data in (
        ("Path", bpy.data.curves.new("Path", "CURVE")),
        ("Eye:Target", None),
        ("Camera", bpy.data.cameras.new("Camera")),
    ):
        addon.collection.objects.link(bpy.data.objects.new(name, data))
    write_wav(tmp_path / "voice.wav", sine(16_000, 0.5), 16_000)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "in.blend"))
    return tmp_path


def run(capsys, *arguments):
    """The exit code and what stands on the standard error."""
    try:
        code = cli.run([str(each) for each in arguments])
    except SystemExit as ended:
        code = ended.code
    return code, capsys.readouterr().err


def speak(folder, **options):
    chosen = {"character": "Face", "sound": folder / "voice.wav", "out": folder / "out.blend"}
    chosen |= options
    parts = [(f"--{name}", value) for name, value in chosen.items()]
    return ["speech", *(each for part in parts for each in part)]


def look(folder, target):
    return ["gaze", "--rig", "Face", "--target", target, "--out", folder / "out.blend"]


def check_refused(capsys, folder, arguments, says):
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    code, said = run(capsys, *arguments)
    assert code == 1
    assert said.startswith("neural_motion: ") and said.count("\n") == 1
    assert says in said
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"no Blender file at all", "is no Blender file"),
        (b"PK\x03\x04" + bytes(50), "is no Blender file"),
        (b"BLENDER", "cannot be opened"),
        (b"BLENDER-v405" + bytes(200), "cannot be opened"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 90, "cannot be opened"),
        (None, "is a folder"),
    ],
)
def test_a_file_that_is_not_blenders(given, capsys, content, says):
    path = given / "bad.blend"
    path.mkdir() if content is None else path.write_bytes(content)
    check_refused(capsys, given, speak(given, blend=path), says)


@pytest.mark.parametrize("name", ["none.blend", "x" * 300, "a\0b"])
def test_a_file_that_cannot_be(given, capsys, name):
    check_refused(capsys, given, speak(given, blend=given / name), given.name)


def test_places_that_cannot_be_written_are_found_before_the_work(given, capsys, monkeypatch):
    monkeypatch.setattr(common, "choose_models", lambda *_: pytest.fail("the work has begun"))
    (given / "folder").mkdir()
    for out, says in (
        (given / "folder", "is a folder"),
        ("", "is a folder"),
        (given / "none" / "out.blend", "does not exist"),
        (given / "voice.wav" / "out.blend", "does not exist"),
        (given / "in.blend", "add --overwrite"),
        ("/proc/out.blend", "cannot be written"),
        ("/dev/full", "is no plain file"),
        (given / ("x" * 300), "cannot be written"),
        (given / ("x" * 255), "cannot be written"),
        (given / "/".join(["y" * 200] * 8), "too long"),
        (given / "a\0b.blend", "cannot be written"),
    ):
        check_refused(capsys, given, speak(given, out=out), says)


def test_a_disk_that_is_full_at_the_end_leaves_the_old_file(given, capsys, monkeypatch):
    """Blender really runs out of room, by the system's limit on the size of a file."""
    resource = pytest.importorskip("resource")  # not on Windows
    old = given / "out.blend"
    old.write_bytes(b"BLENDER: an older result")
    before = {path: path.read_bytes() for path in given.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        code, said = run(capsys, *speak(given), "--overwrite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1
    assert "could not be saved" in said and said.count("\n") == 1
    assert "MB free, or give another --out" in said
    assert {path: path.read_bytes() for path in given.iterdir()} == before


def test_a_file_that_appears_while_the_work_is_done_is_kept(given, capsys, monkeypatch):
    out = given / "out.blend"
    save = files.save_beside

    def appear(*arguments, **named):
        out.write_bytes(b"BLENDER: somebody else's")
        return save(*arguments, **named)

    monkeypatch.setattr(files, "save_beside", appear)
    code, said = run(capsys, *speak(given))
    assert code == 1 and "has appeared meanwhile and is kept" in said
    assert out.read_bytes() == b"BLENDER: somebody else's"
    assert not list(given.glob(".*"))


def test_an_older_file_is_kept_as_the_preferences_say(given, capsys):
    out = given / "out.blend"
    for count in (2, 2, 2, 0):
        bpy.context.preferences.filepaths.save_version = count
        older = out.read_bytes() if out.exists() else b""
        assert run(capsys, *speak(given), "--overwrite")[0] in (0, 3)
        kept = sorted(path.name for path in given.glob("out.blend*"))
        if count and older:
            assert (given / "out.blend1").read_bytes() == older
    assert kept == ["out.blend", "out.blend1", "out.blend2"]
    assert not list(given.glob(".*"))


def test_scripts_of_an_opened_file_are_not_run_and_it_is_told(given, capsys):
    scripted = (given / "ran").as_posix()
    text = bpy.data.texts.new("boot.py")
    text.write(f"open({scripted!r}, 'w').close()")
    text.use_module = True
    for number, expression in enumerate(("__import__('os').getpid()", "frame / 2", "len('abc')")):
        bpy.data.objects["Camera"].driver_add("location", number).driver.expression = expression
    bpy.ops.wm.save_as_mainfile(filepath=str(given / "scripted.blend"))
    code, said = run(capsys, *speak(given, blend=given / "scripted.blend"))
    assert code == 3
    assert "note: scripts are off, so that the text 'boot.py' is not run" in said
    assert "the driver 'Camera' location (__import__('os').getpid()) is not evaluated" in said
    assert "frame" not in said and "len" not in said  # which Blender evaluates without scripts
    assert not (given / "ran").exists()


def test_a_file_of_a_newer_blender_and_missing_links_are_told(given, capsys):
    """Blender warns of both on its own, where nobody looks in the morning."""
    newer, linked = given / "newer.blend", given / "linked.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(linked), copy=True)
    with bpy.data.libraries.load(str(linked), link=True) as (there, wanted):
        wanted.cameras = there.cameras[:1]
    bpy.data.objects["Camera"].data = wanted.cameras[0]
    bpy.ops.wm.save_as_mainfile(filepath=str(newer), compress=False)
    linked.unlink()
    content = newer.read_bytes()
    series = re.compile(rb"(v0?)([45])(\d\d)")  # of the header: v405, or v0502
    newer.write_bytes(series.sub(rb"\g<1>\g<2>99", content[:20]) + content[20:])
    code, said = run(capsys, *speak(given, blend=newer))
    assert code == 3
    assert f"warning: a newer Blender, {bpy.app.version[0]}.99, saved the file" in said
    assert "warning: a linked file is missing: " in said and "linked.blend" in said


NO_TABLES = [
    bytes(range(256)), b"[" * 100_000, b'{"format": 1, "rows": ' + b"[" * 100_000, b"", b"{}",
    b'{"format": 1, "rows": [{"channel": 5}]}', b'{"format": 1e999, "rows": []}',
    b'{"format": 1, "rows": 7}', b"\xff\xfe[\0]\0", b"9" * 5_000, b" " * 2_000_000, None,
    b'{"format": 1, "rows": [{"channel": "jawOpen", "target": "jawOpen", "gain": 1'
    + b"0" * 400 + b', "kind": "SHAPE", "used": true}]}',
]  # fmt: skip


def test_a_channel_table_that_is_none(given, capsys):
    for number, content in enumerate(NO_TABLES):
        path = given / f"{number}_table.json"
        path.mkdir() if content is None else path.write_bytes(content)
        check_refused(capsys, given, speak(given, channels=path), "table.json")


NO_TARGETS = [
    ("A:b:c", "no object named 'A'"),
    ("Rig:friend", "expected one of partner"),
    ("Rig:object:much", "the weight 'much'"),
    ("Rig:object:nan", "the weight 'nan'"),
    ("Rig:object:-1", "the weight '-1'"),
    ("Rig:object:1:2", "no object named"),
    ("Eye:Targte", "no object named 'Eye:Targte'. Did you mean 'Eye:Target'?"),
    ("Eye:Target:thing", "the kind 'THING'"),
    ("", "no object named ''"),
    (":::", "no object named"),
]


def test_a_target_that_is_none(given, capsys):
    for target, says in NO_TARGETS:
        check_refused(capsys, given, look(given, target), says)


def test_a_target_may_have_colons_in_its_name(given, capsys):
    code, said = run(capsys, *look(given, "Eye:Target:object:0.5"))
    assert code == 3  # a warning
    assert "'Eye:Target' is behind the character" in said


MISSPELT = [
    (("speech", "--character", "Fcae"), "Did you mean 'Face'? Fitting ones in this file: "),
    (("speech", "--character", "rig"), "Did you mean 'Rig'?"),
    (("speech", "--character", "Camera"), "'Camera' is a camera, not an armature or a mesh"),
    (("walk", "--rig", "Rigg", "--path", "Path"), "'Rigg'. Did you mean 'Rig'?"),
    (("walk", "--rig", "Rig", "--path", "Pat"), "'Pat'. Did you mean 'Path'?"),
    (("walk", "--rig", "Rig", "--path", "Face"), "'Face' is a mesh, not a curve"),
    (("walk", "--rig", "Rig", "--path", "Path", "--terrain", "Fac"), "Did you mean 'Face'?"),
    (("walk", "--rig", "Rig", "--path", "Path", "--terrain", "Hill"), "'Hills'"),
    (("gaze", "--rig", "Face", "--target", "Camra"), "Did you mean 'Camera'?"),
    (("gaze", "--rig", "Face", "--target", "Pth"), "Did you mean 'Path'?"),
]


def test_what_would_fit_is_listed(given, capsys):
    for arguments, says in MISSPELT:
        bpy.data.collections.new("Hills").use_fake_user = True
        more = ["--sound", given / "voice.wav"] if arguments[0] == "speech" else []
        check_refused(capsys, given, [*arguments, *more, "--out", given / "out.blend"], says)


WALK = ("walk", "--rig", "Rig", "--path", "Path")
SPEECH = ("speech", "--character", "Face", "--sound", "voice.wav")


NO_NUMBERS = [
    ((*SPEECH, "--seed", "-1"), 1, "seed must be from 0"),
    ((*SPEECH, "--seed", "1.5"), 2, "--seed"),
    ((*SPEECH, "--strength", "nan"), 1, "strength must be 0 to 4"),
    ((*SPEECH, "--strength", ""), 2, "--strength"),
    ((*SPEECH, "--offset=-inf"), 1, "offset must be"),
    ((*SPEECH, "--style", "strong"), 2, "expected NAME:WEIGHT"),
    ((*SPEECH, "--style", ":1"), 2, "expected NAME:WEIGHT"),
    ((*SPEECH, "--style", "strong:nan"), 2, "expected NAME:WEIGHT"),
    ((*SPEECH, "--expression", "smile:1e999"), 2, "expected NAME:WEIGHT"),
    ((*SPEECH, "--range", "1"), 2, "expected first and last frame"),
    ((*SPEECH, "--range", "1:2:3"), 2, "expected first and last frame"),
    ((*SPEECH, "--range", "1:1e3"), 2, "expected first and last frame"),
    ((*WALK, "--speed-at", "3"), 2, "expected two numbers"),
    ((*WALK, "--speed-at", "3:nan"), 2, "expected two numbers"),
    ((*WALK, "--stop-at", "a:b"), 2, "expected two numbers"),
    ((*WALK, "--speed", "inf"), 1, "speed must be"),
    ((*WALK, "--blend-in", "nan"), 1, "--blend-in is nan"),
    ((*WALK, "--max-error-deg", "nan"), 1, "--max-error-deg"),
    ((*WALK, "--max-error-mm", "-1"), 1, "--max-error-mm"),
    ((*SPEECH, "--max-error-shape", "inf"), 1, "--max-error-shape"),
    ((*WALK, "--frame", "99999999999999"), 2, "a frame from -1048574"),
    ((*SPEECH, "--range", "1:99999999"), 2, "expected first and last frame"),
    (("gaze", "--rig", "Face", "--target", "Rig", "--last-frame", "-99999999"), 2, "--last"),
]


def test_numbers_that_are_none(given, capsys):
    for arguments, code, says in NO_NUMBERS:
        found, said = run(capsys, *arguments, "--out", given / "out.blend")
        assert (found, says in said) == (code, True), said
        assert "Traceback" not in said
        assert not (given / "out.blend").exists()


def test_a_face_whose_every_shape_is_driven(given, capsys):
    face = bpy.data.objects["Face"]
    for block in face.data.shape_keys.key_blocks[1:]:
        block.driver_add("value").driver.expression = "0.1"
    check_refused(capsys, given, speak(given), "drivers move all shapes of 'Face' that could speak")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (FileNotFoundError(2, "No such file or directory", "a.wav"), "a.wav: No such file"),
        (OSError(28, "No space left on device"), "No space left on device. Check"),
        (OSError(), "a file cannot be used"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "invalid start byte"),
        (MemoryError(), "not enough memory"),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
        (InputError("as it is"), "as it is"),
    ],
)
def test_what_the_system_raises_is_told_in_words(given, capsys, monkeypatch, error, says):
    assert isinstance(error, REPORTED)
    assert says in in_words(error)

    def fail(*_):
        raise error

    monkeypatch.setattr("blender_addon.capabilities.speech.scene.read", fail)
    check_refused(capsys, given, speak(given), says)
    bpy.context.scene.neural_motion.character = bpy.data.objects["Face"]
    bpy.data.objects["Face"].neural_motion.speech.file = str(given / "voice.wav")
    with pytest.raises(RuntimeError, match="Error: "):
        bpy.ops.neural_motion.generate_speech()


@pytest.mark.parametrize("name", ["voice.wav", "notes.txt"])
def test_a_file_that_is_no_blend_is_never_replaced(given, capsys, name):
    (given / "notes.txt").write_text("what I know", "utf-8")
    arguments = speak(given, out=given / name)
    check_refused(capsys, given, [*arguments, "--overwrite"], "is no Blender file and is not repl")


@pytest.mark.parametrize("weight", ["-0.5", "1.01", "5"])
def test_an_expression_out_of_its_range(given, capsys, weight):
    said = f"'smile' is given {float(weight):g}; give 0 to 1"
    check_refused(capsys, given, speak(given, expression=f"smile:{weight}"), said)


@pytest.mark.parametrize("kind", ["SHAPES", "nobody", ""])
def test_eyes_of_an_unknown_kind(given, capsys, kind):
    arguments = [*look(given, "Eye:Target"), "--eyes", kind, "Left", "Right"]
    check_refused(capsys, given, arguments, "expected BONES or OBJECTS, then two names")


@pytest.mark.parametrize("text", ["[]", "{}", "3", '{"rows": []}', "null"])
def test_a_channel_table_that_is_something_else(given, capsys, text):
    (given / "table.json").write_text(text, "utf-8")
    arguments = speak(given, channels=given / "table.json")
    check_refused(capsys, given, arguments, "expected an object with 'format' and 'rows'")
