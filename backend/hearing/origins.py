"""Encoders of speech as they are exported: which weights, how they hear, who made them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from torch import nn

from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from . import whisper
from .ctranslate2 import read_ctranslate2
from .hubert import LAYERS, read_hubert

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
SHARED_WHISPER: Final = DATA / "encoder" / "whisper_tiny_en_2layers_f16.npz"
LEVEL_DB: Final = -22.0
"""Of speech, that an encoder is given."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """A frozen encoder, ready to be exported.

    Args:
        module: (windows, ``window_samples``) to (windows, frames, ``size``).
        size: numbers of a vector.
        window_samples: of one window, a multiple of the stride.
        overlap_samples: that two windows share, cross-faded.
        source: what it is, whose, under which licence.
    """

    module: nn.Module
    size: int
    window_samples: int
    overlap_samples: int
    source: DataSource

    @property
    def frames(self) -> int:
        """Vectors of a window."""
        return self.window_samples // whisper.STRIDE_SAMPLES


def shared_whisper(path: Path = SHARED_WHISPER) -> Encoder:
    """The shipped encoder, from the project's own extract of Whisper.

    Raises:
        InputError: the file is missing.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing. Give --whisper FOLDER with a model in its place")
    return _whisper(whisper.read_whisper(path))


def whisper_folder(folder: Path) -> Encoder:
    """The shipped encoder, from a CTranslate2 model of Whisper tiny.en.

    Raises:
        InputError: the folder holds another model.
    """
    own = {
        name.removeprefix("encoder/").replace("/", "."): array
        for name, array in read_ctranslate2(folder).items()
        if name.startswith("encoder/")
    }
    for name, array in own.items():
        if name.endswith("weight") and not np.issubdtype(array.dtype, np.floating):
            raise InputError(
                f"the encoder's '{name}' is stored as {array.dtype}. Give a model whose weights "
                "are float16 or float32"
            )
    return _whisper(whisper.load_whisper(own))


def hubert_folder(folder: Path, licence: str, attribution: str) -> Encoder:
    """An encoder of one's own, from HuBERT's weights in Hugging Face's layout.

    Args:
        folder: with ``config.json`` and the weights.
        licence, attribution: of the weights.

    Raises:
        InputError: the folder lacks something, or holds another kind of model.
    """
    module = read_hubert(folder, level_db=LEVEL_DB)
    name = f"HuBERT from {folder.resolve().name}: convolutions and first {LAYERS} layers"
    source = DataSource(name, licence, attribution)
    return Encoder(module, module.size, whisper.WINDOW_SAMPLES, whisper.OVERLAP_SAMPLES, source)


def _whisper(module: nn.Module) -> Encoder:
    source = DataSource(
        f"Whisper tiny.en: convolutions and first {whisper.LAYERS} of 4 layers of its encoder",
        "MIT",
        "Copyright (c) 2022 OpenAI, github.com/openai/whisper",
    )
    return Encoder(module, whisper.SIZE, whisper.WINDOW_SAMPLES, whisper.OVERLAP_SAMPLES, source)
