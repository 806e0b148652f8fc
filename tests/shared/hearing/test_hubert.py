"""HuBERT's weights from a folder: its sums against torch's own, its timing, its faults told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.encoder import EncodedTrack, SpeechEncoder
from blender_addon.core.sound.waveform import ArraySound

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402

from backend.hearing.export import export  # noqa: E402
from backend.hearing.hubert import PostNormLayer, read_hubert, read_sizes  # noqa: E402
from backend.hearing.origins import LEVEL_DB, hubert_folder  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = {
    "model_type": "hubert", "hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40,
    "num_hidden_layers": 3, "conv_dim": [8] * 7, "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}  # fmt: skip
SIZES = read_sizes(CONFIG)
WINDOW, OVERLAP = 320 * 40, 320 * 10


def make_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights by the names of transformers' HubertModel, more layers than are kept."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int, mean: float = 0.0) -> torch.Tensor:
        fan = max(int(np.prod(shape[1:])), 1) if len(shape) > 1 else 25
        return mean + torch.randn(shape, generator=generator) / fan**0.5

    tensors = {"masked_spec_embed": draw(24)}
    for number, (inputs, kernel) in enumerate(
        zip((1, *SIZES.channels[:-1]), SIZES.kernels, strict=True)
    ):
        tensors[f"feature_extractor.conv_layers.{number}.conv.weight"] = draw(8, inputs, kernel)
    norms = {
        "feature_extractor.conv_layers.0.layer_norm": 8, "feature_projection.layer_norm": 8,
        "encoder.layer_norm": 24,
    }  # fmt: skip
    linears = {"feature_projection.projection": (24, 8)}
    for number in range(3):
        layer = f"encoder.layers.{number}"
        norms |= {f"{layer}.layer_norm": 24, f"{layer}.final_layer_norm": 24}
        linears |= {f"{layer}.attention.{each}_proj": (24, 24) for each in ("q", "k", "v", "out")}
        linears[f"{layer}.feed_forward.intermediate_dense"] = (40, 24)
        linears[f"{layer}.feed_forward.output_dense"] = (24, 40)
    for name, size in norms.items():
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = draw(size, mean=1.0), draw(size)
    for name, shape in linears.items():
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = draw(*shape), draw(shape[0])
    positions = "encoder.pos_conv_embed.conv"
    tensors[f"{positions}.weight_g"] = draw(1, 1, 16, mean=2.0)
    tensors[f"{positions}.weight_v"] = draw(24, 6, 16)
    tensors[f"{positions}.bias"] = draw(24)
    return tensors


def write(folder: Path, tensors: dict[str, torch.Tensor], config: dict | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG if config is None else config), "utf-8")
    save_file(tensors, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("models") / "hubert", make_tensors())


def by_torch(tensors: dict[str, torch.Tensor], waveform: torch.Tensor) -> torch.Tensor:
    """Features and positions by torch's modules, then its own encoder layers."""
    x = waveform[:, None]
    for number, stride in enumerate(SIZES.strides):
        name = f"feature_extractor.conv_layers.{number}"
        x = nn.functional.conv1d(x, tensors[f"{name}.conv.weight"], stride=stride)
        if number == 0:
            mean, spread = x.mean(2, keepdim=True), x.var(2, unbiased=False, keepdim=True)
            scale, shift = (tensors[f"{name}.layer_norm.{kind}"] for kind in ("weight", "bias"))
            x = (x - mean) / (spread + 1e-5).sqrt() * scale[:, None] + shift[:, None]
        x = nn.functional.gelu(x)
    x = x.transpose(1, 2)
    x = nn.functional.layer_norm(x, (8,), *part(tensors, "feature_projection.layer_norm"))
    x = nn.functional.linear(x, *part(tensors, "feature_projection.projection"))
    name = "encoder.pos_conv_embed.conv"
    conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(24, 24, 16, padding=8, groups=4), dim=2)
    conv.load_state_dict({
        "bias": tensors[f"{name}.bias"],
        "parametrizations.weight.original0": tensors[f"{name}.weight_g"],
        "parametrizations.weight.original1": tensors[f"{name}.weight_v"],
    })  # fmt: skip
    x = x + nn.functional.gelu(conv(x.transpose(1, 2))[..., :-1]).transpose(1, 2)
    x = nn.functional.layer_norm(x, (24,), *part(tensors, "encoder.layer_norm"))
    for number in range(2):
        x = torch_layer(tensors, f"encoder.layers.{number}")(x)
    return x


def part(tensors: dict[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def torch_layer(tensors: dict[str, torch.Tensor], name: str) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(24, 3, 40, 0.0, "gelu", batch_first=True)
    state = {}
    for kind in ("weight", "bias"):
        parts = [tensors[f"{name}.attention.{each}_proj.{kind}"] for each in "qkv"]
        state[f"self_attn.in_proj_{kind}"] = torch.cat(parts)
        state[f"self_attn.out_proj.{kind}"] = tensors[f"{name}.attention.out_proj.{kind}"]
        state[f"linear1.{kind}"] = tensors[f"{name}.feed_forward.intermediate_dense.{kind}"]
        state[f"linear2.{kind}"] = tensors[f"{name}.feed_forward.output_dense.{kind}"]
        state[f"norm1.{kind}"] = tensors[f"{name}.layer_norm.{kind}"]
        state[f"norm2.{kind}"] = tensors[f"{name}.final_layer_norm.{kind}"]
    layer.load_state_dict(state)
    return layer.eval()


def test_it_computes_what_torchs_modules_do(folder):
    waveform = torch.randn(2, 320 * 20, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = read_hubert(folder)(waveform)
        padded = nn.functional.pad(waveform, (200, 0))[:, : 320 * 19 + 400]
        expected = by_torch(make_tensors(), padded)
    assert found.shape == (2, 20, 24)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_vector_is_centred_on_its_time(folder):
    encoder = read_hubert(folder)
    encoder.first_norm = nn.Identity()  # which looks at the whole window
    seen = []

    def note(_module, _given, made):
        seen.append(made.abs().amax(1))

    encoder.convolutions[-1].register_forward_hook(note)
    waveforms = torch.zeros(3, 320 * 20)
    for row, at in enumerate((3_200 - 190, 3_200, 3_200 + 190)):
        waveforms[row, at] = 1.0
    with torch.inference_mode():
        encoder(waveforms)
    heard = (seen[0] > 0).numpy()
    assert heard[:, 10].all()
    assert (heard[1].nonzero()[0] == [10]).all()
    assert heard[0, 9] and not heard[0, 11] and heard[2, 11] and not heard[2, 9]


def test_any_layout_of_the_file_gives_the_same(folder, tmp_path):
    tensors = make_tensors()
    with_head = {f"hubert.{name}": tensor for name, tensor in tensors.items()}
    with_head["lm_head.weight"] = torch.zeros(2, 2)
    headed = write(tmp_path / "headed", with_head)
    newer, names = dict(tensors), "encoder.pos_conv_embed.conv"
    for number, letter in enumerate("gv"):
        old = newer.pop(f"{names}.weight_{letter}")
        newer[f"{names}.parametrizations.weight.original{number}"] = old
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text(json.dumps(CONFIG), "utf-8")
    torch.save(newer, pickled / "pytorch_model.bin")
    expected = read_hubert(folder).state_dict()
    for other in (headed, pickled):
        for name, tensor in read_hubert(other).state_dict().items():
            torch.testing.assert_close(tensor, expected[name])


def test_it_becomes_an_encoder_of_the_scene(folder, tmp_path):
    encoder = hubert_folder(folder, "Apache-2.0", "somebody")
    small = replace(encoder, window_samples=WINDOW, overlap_samples=OVERLAP)
    report = export(small, tmp_path, batches=(1, 2))
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    assert session.contract.weights_licence == "Apache-2.0, somebody"
    assert "HuBERT" in session.contract.data[0].name
    hears = SpeechEncoder(session)
    assert (hears.size, hears.level_db) == (24, LEVEL_DB)
    samples = np.random.default_rng(0).normal(0.0, 0.08, WINDOW).astype(np.float32)
    vectors = EncodedTrack(hears, ArraySound(samples), 1.0).read(0, 60)
    start = np.concatenate((np.zeros(5 * 320, np.float32), samples))[:WINDOW]
    with torch.inference_mode():
        exact = small.module(torch.from_numpy(start)[None])[0].numpy()
    off = vectors[10:20] - exact[15:25]  # beyond what windows share
    assert np.sqrt(np.mean(off**2)) < 0.05 * np.sqrt(np.mean(exact**2))  # eight bits


def test_its_layer_is_torchs():
    tensors = make_tensors(3)
    layer, name = PostNormLayer(SIZES), "encoder.layers.2"
    parts = {
        "after_attention": "layer_norm", "widen": "feed_forward.intermediate_dense",
        "narrow": "feed_forward.output_dense", "after_forward": "final_layer_norm",
        **{each: f"attention.{each}_proj" for each in ("q", "k", "v", "out")},
    }  # fmt: skip
    layer.load_state_dict({
        f"{ours}.{kind}": tensors[f"{name}.{theirs}.{kind}"]
        for ours, theirs in parts.items() for kind in ("weight", "bias")
    })  # fmt: skip
    x = torch.randn(2, 7, 24, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        torch.testing.assert_close(layer(x), torch_layer(tensors, name)(x), atol=1e-5, rtol=1e-5)


def without(*names: str) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in make_tensors().items() if name not in names}


def test_missing_tensors_are_named(tmp_path):
    lost = ("encoder.layers.1.final_layer_norm.bias", "encoder.pos_conv_embed.conv.weight_g")
    with pytest.raises(InputError, match=r"lack encoder\.pos_conv_embed\.conv\.weight, ") as error:
        read_hubert(write(tmp_path / "lost", without(*lost)))
    assert lost[0] in str(error.value)
    none = {"masked_spec_embed": torch.zeros(24)}
    with pytest.raises(InputError, match=r"and \d+ more\. Give all"):
        read_hubert(write(tmp_path / "none", none))
    read_hubert(write(tmp_path / "rest", without("masked_spec_embed")))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "bert"}, "model_type = 'bert'; expected 'hubert'"),
        ({"feat_extract_norm": "layer"}, "expected 'group'"),
        ({"do_stable_layer_norm": True}, "HuBERT base"),
        ({"conv_stride": [5, 2, 2, 2, 2, 2, 1]}, "a vector each 160 samples; expected 320"),
        ({"conv_kernel": [10, 3]}, "2 conv_kernel"),
        ({"num_hidden_layers": 1}, "has 1 transformer layers; 2 cannot be kept"),
        ({"hidden_size": 48}, r"has shape \(24, 8\); config.json means \(48, 8\)"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path, changes, said):
    with pytest.raises(InputError, match=said):
        read_hubert(write(tmp_path / "other", make_tensors(), CONFIG | changes))


def test_broken_folders_are_told(tmp_path):
    with pytest.raises(InputError, match=r"config\.json cannot be read"):
        read_hubert(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), "utf-8")
    with pytest.raises(InputError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        read_hubert(tmp_path)
    for name in ("pytorch_model.bin", "model.safetensors"):
        (tmp_path / name).write_bytes(b"no weights at all")
        with pytest.raises(InputError, match="cannot be read"):
            read_hubert(tmp_path)
