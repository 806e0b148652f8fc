"""Whatever stands in a file or on the command line is read, or refused by an error of our own.

``python3 build.py test tests/fuzz --fuzz 20000`` tries more; ``--fuzz-seed`` tries others.
"""

from __future__ import annotations

import bpy
import pytest

from blender_addon.cli.commands import parsers
from blender_addon.core.errors import InputError
from tests.fuzz.file_readers import jobs_readers
from tests.fuzz.mutations import mutate_arguments
from tests.fuzz.native import SHARES, try_natively
from tests.fuzz.readers import every_reader, run_command
from tests.fuzz.trying import Reader, try_out
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.face_builders import make_face
from tests.shared.core.sound_samples import sine, write_wav

NAMES = (
    "wav", "bvh", "onnx", "contract", "settings of locomotion_biped", "settings of speech_face",
    "settings of speech_encoder", "settings of gaze_behaviour", "settings of gaze_eye_head",
    "channel table", "joint preset", "preset name", "profile", "face map", "control map",
    "joint names", "arrays", "preset file", "batch state",
)  # fmt: skip
MOST_TOLD = 10
COMMAND_SHARE = 0.1
STOPPED = "the command line has been read"


def tries(request, share: float) -> int:
    return max(round(request.config.getoption("--fuzz") * share), 1)


def tell(record_property, count: int, wrong: list[str]) -> None:
    """What was tried and what went wrong, for whoever counts; then whether it passes."""
    record_property("fuzz_inputs", count)
    record_property("fuzz_crashes", len(wrong))
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n\n".join(wrong[:MOST_TOLD])


def check(request, record_property, name: str, reader: Reader) -> None:
    """Try a reader as often as asked for; every try can be repeated by its numbers."""
    seed, count = request.config.getoption("--fuzz-seed"), tries(request, reader.share)
    told = (try_out(name, reader, seed, number) for number in range(count))
    tell(record_property, count, [each for each in told if each])


@pytest.mark.parametrize("name", NAMES)
def test_a_reader(request, record_property, tmp_path, name):
    readers = every_reader(tmp_path)
    assert set(readers) == set(NAMES)
    assert sum(reader.share for reader in readers.values()) + COMMAND_SHARE >= 1.0
    check(request, record_property, name, readers[name])


@pytest.mark.parametrize("name", SHARES)
def test_a_reader_with_a_library_in_c(request, record_property, tmp_path, name):
    if name == "compressed sound":
        pytest.importorskip("aud")
    seed, count = request.config.getoption("--fuzz-seed"), tries(request, SHARES[name])
    tell(record_property, count, try_natively(name, tmp_path, seed, count))


@pytest.mark.blender
@pytest.mark.parametrize("name", ["jobs file (JSON)", "jobs file (TOML)"])
def test_a_jobs_file(request, record_property, addon, tmp_path, name):
    reader = jobs_readers(tmp_path, parsers())[name]
    check(request, record_property, name, reader)


@pytest.mark.blender
def test_the_command_line(request, record_property, addon, tmp_path, monkeypatch):
    valid = commands(addon, tmp_path, monkeypatch)

    def make(rng):
        return mutate_arguments(rng, valid[rng.integers(len(valid))])

    for arguments in valid:
        assert run_command(arguments) == 1  # all was understood, and the work was not begun
    assert bpy.data.objects.get("Rig") is not None
    check(request, record_property, "command line", Reader(make, run_command, COMMAND_SHARE))


def commands(scene, folder, monkeypatch) -> list[list[str]]:
    """Command lines with every option, in a file that they fit; the work itself is left out."""
    from blender_addon.capabilities.gaze.job import GazeJob
    from blender_addon.capabilities.speech.job import SpeechJob
    from blender_addon.capabilities.walk.crowd.scene import CrowdJob
    from blender_addon.capabilities.walk.job import WalkJob

    def stop(*_more, **_named):
        raise InputError(STOPPED)

    for job in (GazeJob, SpeechJob, CrowdJob, WalkJob):
        monkeypatch.setattr(job, "run", stop)
    monkeypatch.chdir(folder)
    make_rig()
    make_face()
    make_curve()
    scene.collection.objects.link(bpy.data.objects.new("Ball", None))
    bpy.data.objects["Ball"].location = (0.0, -3.0, 1.5)
    voice = write_wav(folder / "voice.wav", sine(16_000, 0.5), 16_000)
    (folder / "table.json").write_text('{"format": 1, "rows": []}', "utf-8")
    (folder / "bad.blend").write_bytes(b"BLENDER nothing")
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "in.blend"))
    keys = "--keys reduced --max-error-deg 0.3 --max-error-mm 4 --blend-in 0.2 --blend-out 0.3"
    end = f"{keys} --frame 10 --provider CPU --seed 3 --out out.blend --overwrite"
    walk = "walk --rig Rig --path Path --stand-before 0.5 --speed 1.4 --root-motion object"
    gaze = "gaze --rig Face --target Ball:object:0.5 --target Rig --role speaking --liveliness 1.5"
    modes = "--legs fk --arms ik --result strip --keep-last"
    moods = "--strength 1.5 --style strong:0.5 --expression smile:0.3 --offset 0.1 --no-nods"
    lines = (
        f"{walk} --speed-at 1:2.0 --stop-at 2:1 {modes} {end} --model locomotion_biped",
        f"{walk} --rig Rig --path Path {end}",
        f"{gaze} --sound {voice} --partner-sound {voice} --last-frame 60 {end}",
        f"speech --character Face --sound {voice} --range 12:30 {moods} {end}",
        f"speech --character Face --strip Voice --channels table.json --blend in.blend {end}",
        f"speech --character Face --sound {voice} --blend bad.blend --out out.blend",
    )
    return [line.split() for line in lines]
