"""A model that was trained on scans moves their mesh by shape keys; nothing else is touched."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.options import EASED_LAYER
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.errors import ContractError, FaceError, InputError
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.mesh_basis import lay_over, load_basis
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_to_matrix
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.networks.opening import read_layout
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest, SpeechResult
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.sound_samples import sine, write_wav
from tests.speech.contract_samples import babble
from tests.speech.learned_samples import Ears, MadeFeatures, phone_chances
from tests.speech.vertices_model import (
    FEATURES,
    NAMES,
    head_places,
    make_basis,
    write_vertices_model,
)

pytestmark = pytest.mark.blender


class Amounts:
    """A pipeline that says the first shape up to 1.7, the second down to −0.6."""

    def generate(self, request, *, on_progress=None):
        count = request.frame_count
        rise = np.sin(np.linspace(0.0, np.pi, count))
        curves = np.stack((1.7 * rise, -0.6 * rise), -1)
        clip = FaceClip(NAMES, request.frame_rate_hz, curves)
        return SpeechResult(clip, np.zeros((count, 2), np.float32))


@pytest.fixture
def sound(scene, tmp_path):
    return write_wav(tmp_path / "voice.wav", sine(16_000, 2.0, 150.0, 0.4), 16_000)


@pytest.fixture
def models(tmp_path):
    write_vertices_model(tmp_path / "models")
    return ModelChoice(tmp_path / "models", names={"speech_face": "scans"})


def make_head(places=None, name="Head"):
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata((head_places() if places is None else places).tolist(), [], [])
    head = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(head)
    return head


def read(character, sound, models, **changes):
    settings = SpeechSettings(
        character, SoundChoice("FILE", str(sound)), start_frame=1, upper_face=False, **changes
    )
    return speech_scene.read(bpy.context, settings, models)


def speak(character, sound, models, **changes):
    job = read(character, sound, models, **changes)
    done = job.run(pipeline=Amounts()).result
    return speech_scene.write(bpy.context, job, done, EASED_LAYER)


def keys_of(head):
    return list(head.data.shape_keys.key_blocks.keys())


def vertex_at(head, frame, vertex):
    bpy.context.scene.frame_set(frame)
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    place = np.array(shown.to_mesh().vertices[vertex].co)
    shown.to_mesh_clear()
    return place


@pytest.mark.smoke
def test_a_bare_mesh_gets_the_shapes_and_moves_as_the_model_says(scene, sound, models):
    head = make_head()
    written = speak(head, sound, models)
    assert keys_of(head) == ["Basis", "NM PCA 01", "NM PCA 02"]
    assert len(written.layer_names) == 1
    middle = (1 + 49) // 2
    assert evaluated_weights(head)["NM PCA 01"] == pytest.approx(0.0, abs=1e-5)  # frame 1
    moved = vertex_at(head, middle, 0) - head_places()[0]
    assert moved[1] == pytest.approx(-0.17, abs=1e-3)
    assert evaluated_weights(head)["NM PCA 02"] == pytest.approx(-0.6, abs=1e-3)
    assert np.allclose(vertex_at(head, middle, 5), head_places()[5], atol=1e-6)


@pytest.mark.smoke
def test_a_second_speech_uses_the_shapes_of_the_first(scene, sound, models):
    head = make_head()
    speak(head, sound, models)
    block = head.data.shape_keys.key_blocks["NM PCA 01"]
    block.data[0].co.z += 0.3  # an animator sculpts on
    speak(head, sound, models)
    assert keys_of(head) == ["Basis", "NM PCA 01", "NM PCA 02"]
    assert block.data[0].co.z == pytest.approx(head_places()[0, 2] + 0.3, abs=1e-6)


@pytest.mark.smoke
def test_shapes_that_were_there_stay_as_they_are(scene, sound, models):
    head = make_head()
    head.shape_key_add(name="Rest")
    own = head.shape_key_add(name="NM PCA 02")
    own.data[3].co.x = 7.0
    own.value, own.slider_max = 0.25, 0.5
    held = [tuple(point.co) for point in own.data]
    speak(head, sound, models)
    assert keys_of(head) == ["Rest", "NM PCA 02", "NM PCA 2 01", "NM PCA 2 02"]
    assert [tuple(point.co) for point in own.data] == held
    assert (own.value, own.slider_max) == (0.25, 0.5)
    curves = compat.action_fcurves(bpy.data.actions["Head Speech"])
    assert all("NM PCA 2" in curve.data_path for curve in curves)


def test_a_mesh_of_another_count_is_refused_with_both_numbers(scene, sound, models):
    head = make_head(head_places(9))
    before = snapshot()
    with pytest.raises(FaceError, match=r"'Head' has 9; the model moves a mesh of 12 vertices"):
        read(head, sound, models)
    assert snapshot() == before


def test_vertices_in_another_order_are_refused(scene, sound, models):
    head = make_head(np.random.default_rng(1).permutation(head_places()))
    with pytest.raises(FaceError, match="in another order"):
        read(head, sound, models)


def test_a_model_in_the_users_folder_hears_by_the_encoder_that_is_shipped(scene, tmp_path):
    shipped = load_contract(find_model("speech_encoder", ModelChoice()).with_suffix(".json"))
    folder = write_vertices_model(tmp_path / "own", encoder_sha256=shipped.sha256).parent
    voice = write_wav(tmp_path / "voice.wav", babble(2.0).read(0, 32_000), 16_000)
    head = make_head()
    job = read(head, voice, ModelChoice(folder))  # the user's own come before the usual
    done = job.run()
    assert [ran.name for ran in done.models] == ["speech_encoder", "phone_evidence", "scans"]
    written = speech_scene.write(bpy.context, job, done.result, EASED_LAYER)
    assert len(written.layer_names) == 1
    assert keys_of(head)[1:] == ["NM PCA 01", "NM PCA 02"]
    write_vertices_model(folder, encoder_sha256="1" * 64)
    with pytest.raises(ContractError, match=r"'scans'.*111111.*'speech_encoder'"):
        read(head, voice, ModelChoice(folder)).run()


@pytest.mark.smoke
def test_an_armature_speaks_by_its_one_mesh_that_fits(scene, sound, models):
    armature = make_armature()
    head, body = make_head(), make_head(head_places(30), "Body")
    head.parent = body.parent = armature
    speak(armature, sound, models)
    assert keys_of(head)[1:] == ["NM PCA 01", "NM PCA 02"]
    assert body.data.shape_keys is None
    make_head(name="Twin").parent = armature
    with pytest.raises(FaceError, match="'Head', 'Twin' have 12 vertices each"):
        read(armature, sound, models)


@pytest.mark.smoke
def test_absolute_keys_are_refused(scene, sound, models):
    head = make_head()
    head.shape_key_add(name="Basis")
    head.data.shape_keys.use_relative = False
    with pytest.raises(FaceError, match="Tick Relative"):
        read(head, sound, models)


@pytest.mark.smoke
@pytest.mark.parametrize("shaped", [False, True])
def test_what_fails_on_the_way_leaves_nothing(scene, sound, models, monkeypatch, shaped):
    head = make_head()
    if shaped:
        head.shape_key_add(name="Basis")
        head.shape_key_add(name="smile").value = 0.5
    job = read(head, sound, models)
    done = job.run(pipeline=Amounts()).result
    before = snapshot()

    def fail(*_arguments):
        raise InputError("no room")

    monkeypatch.setattr(speech_scene, "add_layer", fail)
    with pytest.raises(InputError, match="no room"):
        speech_scene.write(bpy.context, job, done, EASED_LAYER)
    assert snapshot() == before
    assert (head.data.shape_keys is not None) == shaped


@pytest.mark.smoke
def test_reading_alone_changes_nothing(scene, sound, models):
    head = make_head()
    before = snapshot()
    read(head, sound, models)
    assert snapshot() == before
    assert head.data.shape_keys is None


def test_expressions_are_told_to_be_impossible(scene, sound, models):
    from blender_addon.blender.keys.sliders import Slider
    from blender_addon.core.notes import notes_in, warnings_in

    head = make_head()
    quiet, asked = (
        read(head, sound, models, expressions={"smile": Slider(weight)}).warnings
        for weight in (0.0, 0.5)
    )
    assert any("ARKit shapes only" in note for note in notes_in(quiet))
    assert any("ARKit shapes only" in warning for warning in warnings_in(asked))


def test_the_panel_knows_that_the_model_brings_its_shapes(models):
    from blender_addon.capabilities.speech import own_mesh

    assert own_mesh.facts_of_chosen(models).vertex_count == 12
    assert own_mesh.facts_of_chosen(ModelChoice()) is None


def test_the_usual_model_speaks_as_before(scene, sound):
    job = read(make_face(), sound, ModelChoice())
    assert job.own_mesh is None


def test_a_basis_of_another_model_is_refused(scene, sound, models):
    path = models.folder / "scans.npz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ContractError, match="SHA-256"):
        read(make_head(), sound, models)
    path.unlink()
    with pytest.raises(ContractError, match="does not exist"):
        read(make_head(), sound, models)


def test_a_basis_follows_turned_scaled_and_other_faces():
    basis = make_basis(200)
    turn = quaternion_to_matrix(
        axis_angle_to_quaternion(np.array([1.0, 0, 0]), np.array(np.pi / 2))
    )
    other = 1000.0 * basis.template @ turn.T + np.array([3.0, 4.0, 5.0])
    noise = np.random.default_rng(0).normal(0.0, 5.0, other.shape)
    shapes = lay_over(basis, other + noise)
    assert np.allclose(shapes[0, 0], 1000.0 * turn @ basis.components[0, 0], rtol=0.03, atol=3.0)
    exact = lay_over(basis, basis.template)
    assert np.allclose(exact, basis.components, atol=1e-6)


def test_a_spoilt_basis_is_no_basis(tmp_path):
    import hashlib

    path = tmp_path / "scans.npz"
    whole = {"template": np.zeros((3, 3)), "components": np.zeros((1, 3, 3))}
    for spoilt in (
        {"components": np.zeros((1, 4, 3))},
        {"template": np.full((3, 3), np.nan)},
        {"template": np.array([[None] * 3] * 3)},  # would be unpickled
        {"corners": np.array([0, 1, 3]), "face_sizes": np.array([3])},
        {"corners": np.array([0, 1, 2]), "face_sizes": np.array([4])},
        {"corners": np.array([0, 1, 2]), "face_sizes": np.array([6, -3])},
    ):
        np.savez(path, **(whole | spoilt))
        with pytest.raises(ContractError, match="no basis of a mesh"):
            load_basis(path, hashlib.sha256(path.read_bytes()).hexdigest())
    faces = {"corners": np.array([0, 1, 2, 2, 1, 0]), "face_sizes": np.array([3, 3])}
    np.savez(path, **whole, **faces)
    found = load_basis(path, hashlib.sha256(path.read_bytes()).hexdigest())
    assert found.faces == ((0, 1, 2), (2, 1, 0))


# The network -----------------------------------------------------------------------------------


def hears(seconds, *spans):
    return Ears(phone_chances(seconds, *spans), MadeFeatures(FEATURES))


def test_amounts_come_as_the_network_says_them_and_rest_in_silence(models):
    session = ModelSession(models.folder / "scans.onnx")
    sound = ArraySound(sine(16_000, 4.0, 150.0, 0.4))
    request = SpeechRequest(sound, 50.0, expressions={"smile": 1.0}, strength=2.0)
    heard = hears(4.0, ("mid_vowel", 0.0, 2.0))
    clip = SpeechFacePipeline(session, heard).generate(request).clip
    assert clip.channels[:2] == NAMES
    spoken = clip.weights[20:80, :2]
    assert np.allclose(spoken, 2.0 * MadeFeatures(FEATURES).read(20, 60)[:, :2], atol=1e-5)
    assert spoken.min() < -1.0 < 1.0 < spoken.max()
    assert np.abs(clip.weights[-20:, :2]).max() < 0.02


def test_the_contract_tells_styles_and_that_lips_are_not_arkit(models):
    layout = read_layout(load_contract(models.folder / "scans.json"))
    assert layout.style_names == ("usual", "anna")
    assert not layout.arkit
    assert not layout.moves_head


@pytest.mark.parametrize(
    ("setting", "value"),
    [("basis_sha256", "x"), ("basis_sha256", 3), ("basis_vertices", 0), ("channels", ["PCA 01"])],
)
def test_a_contract_without_its_basis_is_refused(tmp_path, setting, value):
    path = write_vertices_model(tmp_path, **{setting: value})
    with pytest.raises(ContractError, match=setting):
        read_layout(load_contract(path.with_suffix(".json")))
