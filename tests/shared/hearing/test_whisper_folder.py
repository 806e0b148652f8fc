"""Whisper's weights from a CTranslate2 folder; weights in eight bits."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from blender_addon.core.errors import InputError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from backend.__main__ import cli  # noqa: E402
from backend.export.packing import PackedConv1d, PackedLinear, packed  # noqa: E402
from backend.hearing import origins  # noqa: E402
from backend.hearing.ctranslate2 import read_ctranslate2  # noqa: E402
from backend.hearing.origins import shared_whisper, whisper_folder  # noqa: E402
from backend.hearing.whisper import SIZE, WhisperEncoder, _names  # noqa: E402

pytestmark = pytest.mark.torch

TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


def write_model(folder: Path, arrays: dict[str, np.ndarray], version: int = 6) -> Path:
    """As CTranslate2 writes them."""
    kind = b"WhisperSpec\0"
    parts = [struct.pack("<IH", version, len(kind)), kind, struct.pack("<II", 3, len(arrays))]
    for name, array in arrays.items():
        label = name.encode() + b"\0"
        parts += [struct.pack("<H", len(label)), label]
        parts += [struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)]
        parts += [struct.pack("<BI", TYPES[array.dtype.name], array.nbytes), array.tobytes()]
    folder.mkdir(exist_ok=True)
    (folder / "model.bin").write_bytes(b"".join(parts))
    return folder


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    """Random weights of the right shapes by CTranslate2's names."""
    rng, state = np.random.default_rng(0), WhisperEncoder().state_dict()
    return {
        f"encoder/{theirs.replace('.', '/')}": rng.normal(0.0, 0.05, state[ours].shape).astype("f2")
        for ours, theirs in _names(2).items()
    } | {"encoder/num_heads": np.array(6, "i2"), "decoder/alibi": np.array(0, "i1")}


def test_a_folder_is_read_as_it_was_written(arrays, tmp_path):
    folder = write_model(tmp_path / "model", arrays)
    found = read_ctranslate2(folder)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    encoder = whisper_folder(folder)
    assert (encoder.size, encoder.frames, encoder.source.licence) == (SIZE, 300, "MIT")
    expected = arrays["encoder/conv2/weight"].astype("f4")
    np.testing.assert_array_equal(encoder.module.second.weight.numpy(), expected)


def test_what_is_wrong_with_a_folder_is_told(arrays, tmp_path):
    with pytest.raises(InputError, match=r"model\.bin cannot be read"):
        whisper_folder(tmp_path)
    folder = write_model(tmp_path / "broken", arrays)
    whole = (folder / "model.bin").read_bytes()
    for rest in (whole[:-1], whole[:2], whole[:200], b"", b"\6\0\0\0" + b"\xff" * 400):
        (folder / "model.bin").write_bytes(rest)
        with pytest.raises(InputError, match="no whole CTranslate2 model"):
            whisper_folder(folder)
    with pytest.raises(InputError, match="it states version 2"):
        whisper_folder(write_model(tmp_path / "old", arrays, 2))
    lacking = {name: each for name, each in arrays.items() if "layer_1/ffn/linear_0" not in name}
    with pytest.raises(InputError, match=r"lacks the tensor 'layer_1\.ffn\.linear_0"):
        whisper_folder(write_model(tmp_path / "lacking", lacking))
    wide = arrays | {"encoder/conv1/bias": np.zeros(512, "f2")}
    with pytest.raises(InputError, match=r"'first\.bias' has shape \(512,\); expected \(384,\)"):
        whisper_folder(write_model(tmp_path / "wide", wide))
    whole_numbers = arrays | {"encoder/conv1/weight": np.zeros((SIZE, 80, 3), "i1")}
    with pytest.raises(InputError, match="stored as int8"):
        whisper_folder(write_model(tmp_path / "int8", whole_numbers))


def test_without_data_the_command_says_what_to_give(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="Give --whisper FOLDER"):
        shared_whisper(tmp_path / "none.npz")
    monkeypatch.chdir(tmp_path)
    arguments = ["export", "speech", "--model", "encoder"]
    both = [*arguments, "--whisper", str(tmp_path), "--hubert", str(tmp_path)]
    found = CliRunner().invoke(cli, both)
    assert "give one of them" in f"{found.output}{found.exception}"
    assert "--hubert" in CliRunner().invoke(cli, [*arguments, "--help"]).output
    assert origins.LEVEL_DB == -22.0


def test_eight_bits_are_as_near_as_they_can_be():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv1d(6, 9, 3, stride=2, padding=1, groups=3), nn.Flatten(), nn.Linear(45, 4)
    )
    with torch.no_grad():
        module[2].weight[1] *= 1_000.0
        module[2].weight[2] = 0.0
    small = packed(module)
    assert isinstance(small[0], PackedConv1d) and isinstance(small[2], PackedLinear)
    for mine, theirs in ((small[0], module[0]), (small[2], module[2])):
        step = theirs.weight.detach().flatten(1).abs().amax(1) / 127
        off = (mine.weight() - theirs.weight).detach().flatten(1).abs().amax(1)
        assert (off <= 0.501 * step + 1e-12).all()
    x = torch.randn(3, 6, 10)
    with torch.inference_mode():
        expected, found = module(x), small(x)
    assert (found - expected).abs().amax() < 0.01 * expected.abs().amax()
    assert isinstance(module[0], nn.Conv1d)  # the original stays as it was
