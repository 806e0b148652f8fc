"""A downloaded folder becomes a model that speaks, and one that is wrong becomes nothing."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import pytest

from blender_addon.core.errors import ModelError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import find_model, listed_models, read_card
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Outcome
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.audio2face.adding import add_audio2face
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest
from tests.speech.audio2face.audio2face_samples import (
    EMOTIONS,
    MadeFolder,
    change_arrays,
    change_json,
    config,
    write_json,
)

CPU = ("CPUExecutionProvider",)
PLAIN = {"upper_face": False, "lip_closure": False}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return MadeFolder().write(tmp_path_factory.mktemp("made") / "Audio2Face-3D-v2.3-Mark")


@pytest.fixture(scope="module")
def model(made, tmp_path_factory):
    return add_audio2face(made, tmp_path_factory.mktemp("own") / "models")


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "download")


def open_pipeline(path):
    return SpeechFacePipeline(ModelSession(path, CPU))


def noise(seconds=2.0, level=0.2):
    """Sound as loud everywhere but in its second half, which is silent."""
    samples = np.full(int(16_000 * seconds), level, np.float32)
    samples[1::2] *= -1
    samples[len(samples) // 2 :] = 0.0
    return ArraySound(samples)


def speak(path, sound=None, **changed):
    request = SpeechRequest(sound or noise(), 24.0, **{**PLAIN, **changed})
    return open_pipeline(path).generate(request).clip


def test_the_folder_becomes_a_model_with_its_licence(model, made):
    (own,) = [each for each in listed_models(ModelChoice(model.path.parent)) if each.is_own]
    assert (own.name, own.task, own.problem) == ("audio2face_mark", "speech_face", "")
    assert own.licence == "NVIDIA Open Model License"
    assert "Licensed by NVIDIA Corporation" in own.attributions[0]
    card = read_card(own)
    assert "NVIDIA Open Model License" in card and "network.onnx" in card and "joy" in card
    assert "NVIDIA Open Model License" in model.told
    assert find_model("speech_face", ModelChoice(model.path.parent)) == model.path
    names = sorted(path.name for path in model.path.parent.iterdir())
    assert names == [f"audio2face_mark.{end}" for end in ("json", "md", "npz", "onnx")]
    assert (made / "network.onnx").read_bytes() == model.path.read_bytes()


def test_results_name_the_licence(model):
    session = ModelSession(model.path, CPU)
    notice = "Licensed by NVIDIA Corporation under the NVIDIA Open Model License"
    assert f"(audio2face_mark: {notice})" in Outcome(None, (session.ran,)).describe()


def test_it_says_which_emotions_and_channels_it_has(model):
    pipeline = open_pipeline(model.path)
    assert pipeline.styles == ("neutral", *EMOTIONS)
    assert "jawOpen" in pipeline.channels and "tongueOut" in pipeline.channels
    assert not [name for name in pipeline.channels if name.startswith("eyeLook")]
    settings = ModelSession(model.path, CPU).contract.settings
    assert settings["has_emotions"] is True and settings["close_holds_jaw"] is True
    assert settings["styles"]["neutral"][:2] == pytest.approx(
        np.linspace(0, 1, 80, dtype=np.float32)[48:50].tolist()
    )
    assert "browInnerUp" in settings["learned_upper_face"]


def test_known_weights_come_back_from_the_sound(model):
    clip = speak(model.path)
    jaw, half = clip.channel("jawOpen"), clip.frame_count // 2
    expected = np.median(jaw[2 : half - 2])
    assert 0.1 < expected < 1.0
    assert np.abs(jaw[2 : half - 2] - expected).max() < 1e-3
    assert jaw[half + 3 :].max() < 1e-3
    others = np.delete(clip.weights, clip.channels.index("jawOpen"), 1)
    assert others.max() < 2e-3


def test_the_frame_is_the_middle_of_its_window(model):
    """A click is heard in the frame where it sounds, not half a window off."""
    samples = np.zeros(32_000, np.float32)
    samples[16_000:16_300] = 0.3
    jaw = speak(model.path, ArraySound(samples)).channel("jawOpen")
    assert abs(int(jaw.argmax()) - 24) <= 1
    assert (jaw > 0.05).sum() <= 4


def test_emotions_are_keyed_and_mixed(model):
    request = SpeechRequest(noise(), 24.0, **PLAIN)
    rise = np.linspace(0.0, 1.0, request.frame_count)
    clip = speak(model.path, style={"joy": rise, "anger": 1.0})
    smile = clip.channel("mouthSmileLeft")
    assert np.abs(smile - 0.8 * rise).max() < 0.03
    assert np.median(clip.channel("tongueOut")) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("holds_jaw", [True, False])
def test_a_close_that_opens_the_jaw_is_told_apart(tmp_path, holds_jaw):
    """Jaw and lips mean what they do in ARKit, whichever way the head's shapes were made."""
    made = MadeFolder(3, holds_jaw=holds_jaw)
    weights = {"jawOpen": 0.2, "mouthClose": 0.3}
    made.components = lambda **_: MadeFolder.components(made, **weights)
    path = add_audio2face(made.write(tmp_path / "in"), tmp_path / "own").path
    clip = speak(path, style={"joy": 1.0}, duration_s=0.2, start_s=1.5)
    assert np.abs(clip.channel("mouthClose") - 0.3).max() < 2e-3
    assert np.abs(clip.channel("jawOpen") - (0.5 if holds_jaw else 0.2)).max() < 2e-3


def test_strengths_and_offsets_of_the_folder_hold(folder, tmp_path):
    change_json(folder / "model_config.json", "config", "lower_face_strength", to=0.5)
    change_json(folder / "model_config.json", "config", "upper_face_strength", to=0.5)
    offsets = [0.25 if name == "cheekPuff" else 0.0 for name in MadeFolder().names]
    solver = folder / "bs_skin_config.json"
    change_json(solver, "blendshape_params", "bsWeightOffsets", to=offsets)
    clip = speak(add_audio2face(folder, tmp_path / "own").path, style={"joy": 1.0})
    assert np.allclose(clip.channel("cheekPuff"), 0.25, atol=0.01)
    assert clip.channel("mouthSmileLeft")[-5:].mean() == pytest.approx(0.4, abs=0.05)


def test_of_shapes_that_cancel_each_other_the_greater_stays(tmp_path):
    made = MadeFolder()
    weights = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.4}
    made.components = lambda **_: MadeFolder.components(made, **weights)
    folder = made.write(tmp_path / "in")
    groups = [5 if name in weights else -1 for name in made.names]
    solver = folder / "bs_skin_config.json"
    change_json(solver, "blendshape_params", "bsSolveCancelPoses", to=groups)
    clip = speak(add_audio2face(folder, tmp_path / "own").path, style={"joy": 1.0})
    assert clip.channel("mouthSmileRight").max() == 0.0
    assert clip.channel("mouthSmileLeft")[-5:].mean() > 0.5


def test_parts_of_a_sound_are_those_of_the_whole(folder, tmp_path):
    """Also with smoothing and a pull from frame to frame, which have a memory."""
    for name in ("upper_face_smoothing", "lower_face_smoothing"):
        change_json(folder / "model_config.json", "config", name, to=0.03)
    strength = "strengthTemporalSmoothing"
    change_json(folder / "bs_skin_config.json", "blendshape_params", strength, to=0.3)
    path = add_audio2face(folder, tmp_path / "own").path
    loud = noise(3.0)
    whole = speak(path, loud).channel("jawOpen")
    part = speak(path, loud, start_s=1.25, duration_s=1.0).channel("jawOpen")
    assert np.abs(part - whole[30 : 30 + len(part)]).max() < 1e-3
    assert 0.02 < whole[37] < whole[34]  # it dies away, where the sound stops at once


def test_a_tongue_without_shapes_and_another_batch(folder, tmp_path):
    (folder / "bs_tongue.npz").unlink()
    network = MadeFolder().network()
    for value in (*network.graph.input, *network.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    (folder / "network.onnx").write_bytes(network.SerializeToString())
    path = add_audio2face(folder, tmp_path / "own").path
    clip = speak(path, duration_s=0.5)
    assert "tongueOut" not in clip.channels
    assert 0.1 < np.median(clip.channel("jawOpen")) < 1.0
    card = (tmp_path / "own" / "audio2face_mark.md").read_text("utf-8")
    assert "no shapes for the tongue" in card


def test_what_is_there_is_replaced_only_when_asked(model, made, tmp_path):
    own = shutil.copytree(model.path.parent, tmp_path / "own")
    (own / "audio2face_mark.md").write_text("my remarks", "utf-8")
    before = contents(own)
    with pytest.raises(ModelError, match=r"holds audio2face_mark\.json.*already"):
        add_audio2face(made, own)
    assert contents(own) == before
    assert add_audio2face(made, own, name="mine").path.name == "mine.onnx"
    add_audio2face(made, own, replace=True)
    assert "my remarks" not in (own / "audio2face_mark.md").read_text("utf-8")
    assert len(contents(own)) == 8


def test_a_failing_move_puts_the_old_files_back(model, made, tmp_path, monkeypatch):
    own = shutil.copytree(model.path.parent, tmp_path / "own")
    before = contents(own)
    real = type(own).replace

    def full(self, target):
        if self.name.endswith(".onnx") and ".adding-" in str(self) and "old" not in str(self):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(type(own), "replace", full)
    with pytest.raises(OSError, match="No space left"):
        add_audio2face(made, own, replace=True)
    assert contents(own) == before


def test_changed_arrays_are_refused(model, tmp_path):
    own = shutil.copytree(model.path.parent, tmp_path / "own")
    change_arrays(own / "audio2face_mark.npz", skin_offset=np.ones(52, np.float32))
    with pytest.raises(ModelError, match=r"audio2face_mark\.npz has SHA-256"):
        ModelSession(own / "audio2face_mark.onnx", CPU)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Pickled:
    def __reduce__(self):
        return (print, ("a program",))


def lie_about_size(folder):
    """A header that promises more than is there."""
    path = folder / "implicit_emo_db.npz"
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files["emo_db.npy"] = files["emo_db.npy"].replace(b"(5, 16)", b"(9, 16)")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for each, data in files.items():
            packed.writestr(each, data)


def be_diffusion(folder):
    change_json(folder / "network_info.json", "id", "type", to="diffusion")


def be_linked(folder):
    (folder / "model_data.npz").rename(folder.parent / "blob")
    (folder / "model_data.npz").symlink_to(folder.parent / "blob")


def keep_data_outside(folder):
    network = MadeFolder().network()
    tensor = network.graph.initializer[-1]
    tensor.data_location = 1
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    tensor.ClearField("raw_data")
    (folder / "network.onnx").write_bytes(network.SerializeToString())


def write_network(folder, **changed):
    (folder / "network.onnx").write_bytes(MadeFolder().network(**changed).SerializeToString())


def set_pose(folder, name, value):
    change_arrays(folder / "bs_skin.npz", **{name: value})


NOTHING = np.zeros((110, 3), np.float32)
BAD = {
    "no folder": (lambda f: shutil.rmtree(f), "is no folder"),
    "another folder": (lambda f: (f / "network_info.json").unlink(), "is no folder of Audio2Face"),
    "no network": (lambda f: (f / "network.onnx").unlink(), "lacks network.onnx"),
    "no shapes": (lambda f: (f / "bs_skin.npz").unlink(), "lacks bs_skin.npz"),
    "v3.0": (be_diffusion, r"diffusion model of Audio2Face-3D \(v3.0\)"),
    "another type": (
        lambda f: change_json(f / "network_info.json", "id", "type", to="classifier"),
        "of the type 'classifier'",
    ),
    "cut JSON": (lambda f: (f / "model_config.json").write_text("{"), "is not valid JSON"),
    "no strength": (
        lambda f: change_json(f / "model_config.json", "config", "skin_strength", to=None),
        "lacks 'skin_strength'",
    ),
    "NaN strength": (
        lambda f: write_json(f / "model_config.json", {"config": config(skin_strength=np.nan)}),
        "skin_strength is nan",
    ),
    "other rate": (
        lambda f: change_json(f / "network_info.json", "audio_params", "samplerate", to=8000),
        "samplerate is 8000",
    ),
    "no such shot": (
        lambda f: change_json(f / "model_config.json", "config", "source_shot", to="shot_z"),
        "source_shot is 'shot_z', expected one of shot_a, shot_b",
    ),
    "frame beyond": (
        lambda f: change_json(f / "model_config.json", "config", "source_frame", to=3),
        "source_frame is 3",
    ),
    "pickles": (
        lambda f: set_pose(f, "jawOpen", np.array([Pickled()], object)),
        "'jawOpen' holds pickled",
    ),
    "NaN shape": (lambda f: set_pose(f, "jawOpen", NOTHING * np.nan), "'jawOpen' holds NaN"),
    "other vertices": (lambda f: set_pose(f, "jawOpen", NOTHING[:9]), r"expected 110 × 3 floats"),
    "a pose missing": (lambda f: set_pose(f, "jawOpen", None), "holds no 'jawOpen'"),
    "mask beyond": (
        lambda f: set_pose(f, "frontalMask", np.int32([3, 110])), "frontalMask names vertices"
    ),
    "other basis": (
        lambda f: change_arrays(f / "model_data.npz", shapes_matrix_skin=NOTHING),
        "expected 52 × 110 × 3 floats",
    ),
    "a lying header": (lie_about_size, "not those of"),
    "no npz": (lambda f: (f / "model_data.npz").write_bytes(b"PK\3\4 no"), "is no whole .npz"),
    "LFS pointer": (
        lambda f: (f / "bs_skin.npz").write_bytes(b"version https://git-lfs.github.com/spec/v1\n"),
        "is a Git LFS pointer",
    ),
    "other pose count": (
        lambda f: change_json(f / "bs_skin_config.json", "blendshape_params", "numPoses", to=51),
        "numPoses is 51, expected 52",
    ),
    "foreign names": (
        lambda f: set_pose(f, "poseNames", np.array(["jawOpen", "neutral"], "S")),
        "poseNames begins with",
    ),
    "a path out": (
        lambda f: change_json(f / "model.json", "modelDataPath", to="../../secret.npz"),
        "outside of",
    ),
    "a link out": (be_linked, "outside of"),
    "other window": (lambda f: write_network(f, window=16_000), "does not fit network_info.json"),
    "other numbers": (lambda f: write_network(f, dtype=11), "network.onnx|refused"),
    "data outside": (keep_data_outside, "in another file"),
    "no network at all": (
        lambda f: (f / "network.onnx").write_bytes(b"no"), "is not a whole ONNX model"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_folder_leaves_nothing_behind(folder, tmp_path, what):
    spoil, says = BAD[what]
    spoil(folder)
    own = tmp_path / "own"
    own.mkdir()
    with pytest.raises(ModelError, match=says):
        add_audio2face(folder, own)
    assert list(own.iterdir()) == []
