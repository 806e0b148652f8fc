"""The first layers of HuBERT, frozen, from a folder in Hugging Face's layout.

``config.json`` states the sizes, ``model.safetensors`` or ``pytorch_model.bin`` holds the tensors
by the names of transformers' ``HubertModel``. Models in the manner of HuBERT base are read: group
normalisation after the first convolution, transformer layers normalised after each part.

Source: Hsu, Bolte, Tsai, Lakhotia, Salakhutdinov, Mohamed 2021, *HuBERT: self-supervised speech
representation learning by masked prediction of hidden units*. Two layers, as Haque, Yumak 2023
(*FaceXHuBERT*) keep frozen. Where we differ: sound is padded so that vector n is centred at
n / 50 s (without padding its first one is centred 200 samples later), and it is normalised by the
level of its speech, not of every window.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import gelu, pad, scaled_dot_product_attention

from blender_addon.core.errors import InputError

from .whisper import STRIDE_SAMPLES

LAYERS: Final = 2
_PREFIX: Final = "hubert."
"""Of the names where a head was trained on top."""
_NEEDED: Final = {
    "model_type": "hubert", "feat_extract_norm": "group", "feat_extract_activation": "gelu",
    "hidden_act": "gelu", "do_stable_layer_norm": False, "conv_pos_batch_norm": False,
}  # fmt: skip
_USUAL: Final = {
    "feat_extract_norm": "group", "feat_extract_activation": "gelu", "hidden_act": "gelu",
    "do_stable_layer_norm": False, "conv_pos_batch_norm": False, "hidden_size": 768,
    "num_attention_heads": 12, "intermediate_size": 3072, "num_hidden_layers": 12,
    "conv_dim": [512] * 7, "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2], "conv_bias": False, "num_conv_pos_embeddings": 128,
    "num_conv_pos_embedding_groups": 16, "feat_proj_layer_norm": True, "layer_norm_eps": 1e-5,
}  # fmt: skip
"""What a configuration that is silent means."""
_MOST_NAMED: Final = 4
_UNREADABLE: Final = (
    OSError, RuntimeError, ValueError, EOFError, UnpicklingError, SafetensorError,
)  # fmt: skip


@dataclass(frozen=True)
class HubertSizes:
    """Sizes of a HuBERT by the names of its configuration.

    Args:
        channels, kernels, strides: of the convolutions.
        conv_bias: whether they have one.
        size: of a vector.
        heads: of attention.
        inner: size of the feed-forward part.
        position_kernel, position_groups: of the convolution that tells positions.
        projection_norm: whether features are normalised before their projection.
        epsilon: of normalisation.
        layers: transformer layers there are.
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    strides: tuple[int, ...]
    conv_bias: bool
    size: int
    heads: int
    inner: int
    position_kernel: int
    position_groups: int
    projection_norm: bool
    epsilon: float
    layers: int

    @property
    def field(self) -> int:
        """Samples that one vector is made of."""
        reach, step = 1, 1
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            reach += (kernel - 1) * step
            step *= stride
        return reach


class PostNormLayer(nn.Module):
    """A transformer layer, normalised after attention and after the feed-forward part."""

    def __init__(self, sizes: HubertSizes) -> None:
        super().__init__()
        size = sizes.size
        self.heads = sizes.heads
        self.q, self.k, self.v, self.out = (nn.Linear(size, size) for _ in range(4))
        self.after_attention = nn.LayerNorm(size, eps=sizes.epsilon)
        self.widen, self.narrow = nn.Linear(size, sizes.inner), nn.Linear(sizes.inner, size)
        self.after_forward = nn.LayerNorm(size, eps=sizes.epsilon)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to the same shape."""
        batch, time, size = x.shape
        heads = (batch, time, self.heads, size // self.heads)
        q, k, v = (part(x).view(heads).transpose(1, 2) for part in (self.q, self.k, self.v))
        heard = scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, time, size)
        x = self.after_attention(x + self.out(heard))
        return self.after_forward(x + self.narrow(gelu(self.widen(x))))


class HubertEncoder(nn.Module):
    """Windows of sound to 50 vectors a second.

    Args:
        sizes: of the model.
        layers: how many transformer layers are kept.
        scale: of the sound at the level it is given, to the level it was trained at.
    """

    def __init__(self, sizes: HubertSizes, layers: int = LAYERS, scale: float = 1.0) -> None:
        super().__init__()
        self.size, self._field, self._scale = sizes.size, sizes.field, scale
        inputs = (1, *sizes.channels[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv1d(taken, given, kernel, stride, bias=sizes.conv_bias)
            for taken, given, kernel, stride in zip(
                inputs, sizes.channels, sizes.kernels, sizes.strides, strict=True
            )
        )
        self.first_norm = nn.GroupNorm(sizes.channels[0], sizes.channels[0])
        last = sizes.channels[-1]
        norm = nn.LayerNorm(last, eps=sizes.epsilon) if sizes.projection_norm else nn.Identity()
        self.before_projection, self.projection = norm, nn.Linear(last, sizes.size)
        self.positions = nn.Conv1d(
            sizes.size, sizes.size, sizes.position_kernel, padding=sizes.position_kernel // 2,
            groups=sizes.position_groups,
        )  # fmt: skip
        self.before_layers = nn.LayerNorm(sizes.size, eps=sizes.epsilon)
        self.layers = nn.ModuleList(PostNormLayer(sizes) for _ in range(layers))

    def forward(self, waveform: Tensor) -> Tensor:
        """(B, N) samples, N a multiple of 320, to (B, N / 320, D)."""
        x = self._centred(self._scale * waveform)[:, None]
        for number, convolution in enumerate(self.convolutions):
            x = convolution(x)
            x = gelu(self.first_norm(x) if number == 0 else x)
        x = self.projection(self.before_projection(x.transpose(1, 2)))
        placed = self.positions(x.transpose(1, 2))[..., : x.shape[1]]
        x = self.before_layers(x + gelu(placed).transpose(1, 2))
        for layer in self.layers:
            x = layer(x)
        return x

    def _centred(self, waveform: Tensor) -> Tensor:
        """As much sound as makes a vector every 320 samples, the first one centred at the first."""
        before = self._field // 2
        length = waveform.shape[1] - STRIDE_SAMPLES + self._field
        return pad(waveform[:, : length - before], (before, max(length - before, 0)))[:, :length]


def read_hubert(folder: Path, layers: int = LAYERS, level_db: float = 0.0) -> HubertEncoder:
    """An encoder from a folder of weights.

    Args:
        folder: with the configuration and the tensors.
        layers: how many transformer layers are kept.
        level_db: of the speech that it will be given.

    Raises:
        InputError: a file or a tensor is missing, or the model is of another kind.
    """
    config = _read_json(folder / "config.json")
    sizes = read_sizes(config)
    if not 1 <= layers <= sizes.layers:
        raise InputError(
            f"{folder} has {sizes.layers} transformer layers; {layers} cannot be kept. Choose "
            f"1 to {sizes.layers}"
        )
    prepared = folder / "preprocessor_config.json"
    normalised = not prepared.is_file() or _read_json(prepared).get("do_normalize", True)
    scale = 10.0 ** (-level_db / 20.0) if normalised else 1.0
    encoder = HubertEncoder(sizes, layers, scale)
    _load(encoder, _read_tensors(folder), layers, folder)
    return encoder.eval().requires_grad_(False)


def read_sizes(config: Mapping[str, Any]) -> HubertSizes:
    """Sizes from a configuration.

    Raises:
        InputError: the model is not of HuBERT base's kind, or gives no 50 vectors a second.
    """
    said = {**_USUAL, **config}
    for key, expected in _NEEDED.items():
        if said.get(key) != expected:
            raise InputError(
                f"config.json says {key} = {said.get(key)!r}; expected {expected!r}. Give a model "
                "in the manner of HuBERT base"
            )
    sizes = HubertSizes(
        tuple(said["conv_dim"]), tuple(said["conv_kernel"]), tuple(said["conv_stride"]),
        said["conv_bias"], said["hidden_size"], said["num_attention_heads"],
        said["intermediate_size"], said["num_conv_pos_embeddings"],
        said["num_conv_pos_embedding_groups"], said["feat_proj_layer_norm"],
        said["layer_norm_eps"], said["num_hidden_layers"],
    )  # fmt: skip
    if not len(sizes.channels) == len(sizes.kernels) == len(sizes.strides):
        raise InputError(
            f"config.json gives {len(sizes.channels)} conv_dim, {len(sizes.kernels)} conv_kernel "
            f"and {len(sizes.strides)} conv_stride; expected as many of each. Correct it"
        )
    if math.prod(sizes.strides) != STRIDE_SAMPLES:
        raise InputError(
            f"config.json gives strides {list(sizes.strides)}, a vector each "
            f"{math.prod(sizes.strides)} samples; expected {STRIDE_SAMPLES}. Give another model"
        )
    return sizes


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Give a whole model's folder") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no object. Give a whole model's folder")
    return found


def _read_tensors(folder: Path) -> dict[str, Tensor]:
    """Tensors by name, without the prefix of a model with a head."""
    safe, pickled = folder / "model.safetensors", folder / "pytorch_model.bin"
    if not safe.is_file() and not pickled.is_file():
        raise InputError(
            f"{folder} holds neither {safe.name} nor {pickled.name}. Give a whole model's folder"
        )
    try:
        if safe.is_file():
            found = load_file(safe)
        else:
            found = torch.load(pickled, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise InputError(
            f"the weights in {folder} cannot be read ({error}). Fetch them again"
        ) from error
    return {name.removeprefix(_PREFIX): tensor for name, tensor in found.items()}


def _load(encoder: HubertEncoder, tensors: dict[str, Tensor], layers: int, folder: Path) -> None:
    """Fill an encoder; all that is missing is named at once."""
    tensors = tensors | _position_weight(tensors)
    own, names = encoder.state_dict(), _names(encoder, layers)
    missing = [theirs for theirs in names.values() if theirs not in tensors]
    if missing:
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        raise InputError(
            f"the weights in {folder} lack {', '.join(missing[:_MOST_NAMED])}{more}. Give all "
            "tensors by the names of transformers' HubertModel"
        )
    for ours, theirs in names.items():
        if tensors[theirs].shape != own[ours].shape:
            raise InputError(
                f"'{theirs}' has shape {tuple(tensors[theirs].shape)}; config.json means "
                f"{tuple(own[ours].shape)}. Give the configuration of these weights"
            )
    encoder.load_state_dict({ours: tensors[theirs].float() for ours, theirs in names.items()})


_POSITIONS: Final = "encoder.pos_conv_embed.conv"
_NORMED: Final = (
    (f"{_POSITIONS}.weight_g", f"{_POSITIONS}.weight_v"),
    (f"{_POSITIONS}.parametrizations.weight.original0",
     f"{_POSITIONS}.parametrizations.weight.original1"),
)  # fmt: skip
"""Length and direction by the older and the newer names of weight normalisation."""


def _position_weight(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weight of the convolution of positions, of which length and direction are stored apart.

    Source: Salimans, Kingma 2016, *Weight normalization*, for each tap of the kernel.
    """
    for length, direction in _NORMED:
        if length in tensors and direction in tensors:
            g, v = tensors[length].float(), tensors[direction].float()
            return {f"{_POSITIONS}.weight": g * v / v.norm(dim=(0, 1), keepdim=True)}
    return {}


def _names(encoder: HubertEncoder, layers: int) -> dict[str, str]:
    """Our names to those of transformers."""
    modules = {
        "first_norm": "feature_extractor.conv_layers.0.layer_norm",
        "projection": "feature_projection.projection",
        "positions": _POSITIONS,
        "before_layers": "encoder.layer_norm",
        "before_projection": "feature_projection.layer_norm",
    }
    for number in range(len(encoder.convolutions)):
        modules[f"convolutions.{number}"] = f"feature_extractor.conv_layers.{number}.conv"
    parts = {
        **{each: f"attention.{each}_proj" for each in ("q", "k", "v", "out")},
        "after_attention": "layer_norm", "widen": "feed_forward.intermediate_dense",
        "narrow": "feed_forward.output_dense", "after_forward": "final_layer_norm",
    }  # fmt: skip
    for number in range(layers):
        for ours, theirs in parts.items():
            modules[f"layers.{number}.{ours}"] = f"encoder.layers.{number}.{theirs}"
    return {name: _renamed(name, modules) for name in encoder.state_dict()}


def _renamed(name: str, modules: Mapping[str, str]) -> str:
    module, _, kind = name.rpartition(".")
    return f"{modules[module]}.{kind}"
