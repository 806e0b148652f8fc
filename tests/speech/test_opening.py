"""A speech model is opened with the encoder that it was trained on, or the user is told why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import ContractError, ModelError
from blender_addon.core.inference import model_list
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.contract import load_contract, save_contract
from blender_addon.core.jobs import Cancellation
from blender_addon.core.speech.opening import open_speech
from blender_addon.core.speech.pipeline import SpeechRequest
from tests.shared.sound.encoder_samples import (
    FRAMES,
    SETTINGS,
    STRIDE,
    WINDOW,
    make_phone_model,
    write_model,
)
from tests.speech.contract_samples import babble
from tests.speech.learned_samples import WIDTH, write_learned_model
from tests.speech.samples import write_speech_model

onnx = pytest.importorskip("onnx")


@pytest.fixture
def came_along(tmp_path, monkeypatch):
    """The models that came along, none at first."""
    bundled = tmp_path / "came_along"
    monkeypatch.setattr(
        model_list,
        "model_folders",
        lambda choice: [bundled] if choice.folder is None else [choice.folder, bundled],
    )
    bundled.mkdir()
    return bundled


@pytest.fixture
def folder(came_along):
    """The user's own models."""
    own = came_along.parent / "own"
    own.mkdir()
    return own


def make_encoder(folder, name="speech_encoder", width=WIDTH, **settings):
    """Of each 320 samples the mean size, as wide as the network that hears it."""
    node = onnx.helper.make_node
    nodes = [
        node("Reshape", ["waveform", "pieces"], ["heard"]),
        node("Abs", ["heard"], ["sizes"]),
        node("ReduceMean", ["sizes", "last"], ["loudness"], keepdims=1),
        node("Concat", ["loudness"] * width, ["features"], axis=2),
    ]
    constants = {"pieces": np.array([0, FRAMES, STRIDE]), "last": np.array([2])}
    shapes = {"waveform": ("windows", WINDOW), "features": ("windows", FRAMES, width)}
    kept = SETTINGS | settings
    return write_model(folder, name, "speech_encoder", nodes, constants, shapes, kept).contract


def opened(folder, **names):
    return open_speech(ModelChoice(folder, ("CPUExecutionProvider",), names=names), Cancellation())


def change(path, **settings):
    """Change the settings of a contract."""
    contract = load_contract(path.with_suffix(".json"))
    new = replace(contract, settings={**contract.settings, **settings})
    save_contract(path.with_suffix(".json"), new)


def test_all_that_takes_part_is_named(folder):
    encoder = make_encoder(folder)
    make_phone_model(folder, encoder.sha256, size=WIDTH)
    write_learned_model(folder, "regression", encoder_sha256=encoder.sha256)
    speech = opened(folder)
    names = [each.name for each in speech.ran]
    assert names == ["speech_encoder", "phone_evidence", "speech_face"]
    assert all(each.provider == "CPUExecutionProvider" for each in speech.ran)
    result = speech.pipeline.generate(SpeechRequest(babble(1.0), 25.0))
    assert result.clip.frame_count == 26


def test_a_network_that_hears_the_sound_itself_needs_nothing_else(folder):
    write_speech_model(folder)
    assert [each.name for each in opened(folder).ran] == ["speech_face"]
    make_encoder(folder)  # hears no phones
    assert [each.name for each in opened(folder).ran] == ["speech_face"]
    make_phone_model(folder, "b" * 64, size=WIDTH)  # of another encoder
    assert [each.name for each in opened(folder).ran] == ["speech_face"]


def test_its_lips_shut_where_a_phone_is_heard(folder):
    write_speech_model(folder)
    request = SpeechRequest(babble(2.0), 25.0)
    assert not opened(folder).pipeline.generate(request).spoken.hears
    encoder = make_encoder(folder, level_db=0.0)  # what is loud is taken for a bilabial
    make_phone_model(folder, encoder.sha256, size=WIDTH)
    speech = opened(folder)
    names = [each.name for each in speech.ran]
    assert names == ["speech_encoder", "phone_evidence", "speech_face"]
    result = speech.pipeline.generate(request)
    shut = [each for each in result.phones if each.kind == "bilabial" and each.closure == 1.0]
    assert shut
    gap = result.clip.channel("jawOpen") - result.clip.channel("mouthClose")
    for phone in shut:
        middle = round(25.0 * 0.5 * (phone.start_s + phone.end_s))
        assert gap[middle] == pytest.approx(0.0, abs=1e-3)


def test_an_own_encoder_of_the_usual_name_leaves_the_networks_that_came_along_theirs(
    folder, came_along
):
    encoder = make_encoder(came_along)
    make_phone_model(came_along, encoder.sha256, size=WIDTH)
    write_learned_model(came_along, "regression", encoder_sha256=encoder.sha256)
    make_encoder(folder, width=WIDTH + 1)
    assert opened(folder).pipeline.generate(SpeechRequest(babble(1.0), 25.0)).clip.frame_count
    (folder / "speech_encoder.json").write_text("{", "utf-8")  # even a damaged one
    assert opened(folder).ran[0].name == "speech_encoder"


def test_what_is_missing_is_named(folder):
    sha256 = "a" * 64
    write_learned_model(folder, "regression", encoder_sha256=sha256)
    with pytest.raises(ModelError, match=r"'speech_encoder.onnx' was not found"):
        opened(folder)
    encoder = make_encoder(folder)
    with pytest.raises(ContractError, match=f"'speech_face'.*{sha256[:12]}.*'speech_encoder'"):
        opened(folder)
    change(folder / "speech_face.onnx", encoder_sha256=encoder.sha256)
    with pytest.raises(ModelError, match=r"'phone_evidence.onnx' was not found"):
        opened(folder)


def test_of_several_encoders_the_one_that_belongs_runs_unless_another_is_chosen(folder):
    make_encoder(folder)
    other = make_encoder(folder, "studio_encoder")
    make_phone_model(folder, other.sha256, size=WIDTH)
    write_learned_model(folder, "regression", encoder_sha256=other.sha256)
    assert opened(folder).ran[0].name == "studio_encoder"
    with pytest.raises(ContractError, match="'speech_encoder' has"):
        opened(folder, speech_encoder="speech_encoder")
