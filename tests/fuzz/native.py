"""Readers that hand what they read to libraries in C, in a process that may fall over.

``python -m tests.fuzz.native NAME SEED FIRST COUNT FOLDER`` tries inputs and writes after each what
became of it, so that whoever started it knows at which one it fell.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.processes import run_limited
from tests.fuzz.mutations import mutate_bytes
from tests.fuzz.trying import HANGS_S, Reader, Rng, try_out

SHARES = {"loaded onnx": 0.1, "compressed sound": 0.03}
ROOT = Path(__file__).resolve().parents[2]
_AT_ONCE = 250
_START_S = 60
_RUN_S = 5.0


def try_natively(name: str, folder: Path, seed: int, count: int) -> list[str]:
    """Tries in processes of their own.

    Returns:
        What went wrong, an entry a try.
    """
    wrong: list[str] = []
    first = 0
    while first < count:
        tried, told = _one_process(name, folder, seed, first, min(_AT_ONCE, count - first))
        wrong += told
        first += max(tried, 1)
    return wrong


def _one_process(
    name: str, folder: Path, seed: int, first: int, count: int
) -> tuple[int, list[str]]:
    """How many were tried there, and what went wrong."""
    numbers = [str(each) for each in (seed, first, count)]
    command = [sys.executable, "-m", "tests.fuzz.native", name, *numbers, str(folder)]
    ended = run_limited(command, _START_S + 3 * HANGS_S + 0.5 * count, cwd=ROOT)
    lines = [line for line in ended.stdout.splitlines() if line.startswith('{"try"')]
    results = [json.loads(line)["wrong"] for line in lines]
    wrong = [each for each in results if each]
    if len(results) == count:
        return count, wrong
    where = f"{name}, --fuzz-seed {seed}, try {first + len(results)}"
    wrong.append(f"{where}: ended with code {ended.returncode}: {ended.stderr[-1500:]}")
    return len(results) + 1, wrong


@dataclass
class Loader:
    """Loads and runs models whose contracts fit them in hash and opset, whatever they are."""

    folder: Path

    def make(self, rng: Rng) -> bytes:
        from tests.fuzz.protobufs import SMALL, mutate_message

        model = SMALL[int(rng.integers(len(SMALL)))]()
        mutate_message(rng, model)
        data = model.SerializeToString()
        return mutate_bytes(rng, data, len(data)) if rng.random() < 0.1 else bytes(data)

    def read(self, content: bytes) -> object:
        from blender_addon.core.errors import Cancelled
        from blender_addon.core.inference.contract import save_contract
        from blender_addon.core.inference.model_file import inspect_model
        from blender_addon.core.inference.session import CancellableSession, ModelSession
        from blender_addon.core.jobs import Cancellation
        from tests.shared.inference.conftest import make_toy_contract

        path = self.folder / "toy.onnx"
        path.write_bytes(content)
        opset = min(max(inspect_model(content, path.name).opset, 1), 2**40)
        contract = make_toy_contract(hashlib.sha256(content).hexdigest())
        save_contract(path.with_suffix(".json"), replace(contract, opset=opset))
        session, cancellation = ModelSession(path, ["CPUExecutionProvider"], 1), Cancellation()
        feeds = {"x": np.ones((4, 3), np.float32), "gain": np.ones((4, 2), np.float32)}
        late = threading.Timer(_RUN_S, cancellation.ask)
        late.start()
        try:
            return CancellableSession(session, cancellation).run(feeds)
        except Cancelled:
            return None
        finally:
            late.cancel()


class Decoder:
    """Opens sounds of every kind that Blender's library writes, and AIFF and AU made by hand."""

    def __init__(self, folder: Path) -> None:
        from blender_addon.blender.sound.files import find_aud

        self._folder, self._aud = folder, find_aud()
        self._samples: list[tuple[str, bytes]] = [*_uncompressed()]
        if self._aud is not None:
            self._samples += [each for kind in _KINDS if (each := self._written(*kind))]

    def _written(self, ending: str, container: str, codec: str) -> tuple[str, bytes] | None:
        aud, path = self._aud, self._folder / f"sample.{ending}"
        sound = aud.Sound.sine(440.0, 16_000).limit(0.0, 0.3)
        kinds = getattr(aud, f"CONTAINER_{container}"), getattr(aud, f"CODEC_{codec}")
        try:
            sound.write(str(path), 16_000, 1, aud.FORMAT_S16, *kinds, 64_000, 256)
        except aud.error:  # not among those this build can write
            return None
        return ending, path.read_bytes()

    def make(self, rng: Rng) -> bytes:
        ending, data = self._samples[int(rng.integers(len(self._samples)))]
        return ending.encode().ljust(4) + mutate_bytes(rng, data)

    def read(self, content: bytes) -> object:
        from blender_addon.blender.sound.files import open_sound

        path = self._folder / f"fuzz.{content[:4].decode().strip()}"
        path.write_bytes(content[4:])
        sound = open_sound(path)
        return [sound.read(start, 500) for start in (-100, 0, 300)]


_KINDS = (
    ("flac", "FLAC", "FLAC"), ("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS"),
    ("mp3", "MP3", "MP3"), ("mp2", "MP2", "MP2"), ("ac3", "AC3", "AC3"), ("mkv", "MATROSKA", "AAC"),
)  # fmt: skip


def _uncompressed() -> list[tuple[str, bytes]]:
    """AIFF and AU, big-endian, 16 bits, one channel, 16 kHz."""
    tone = (8000 * np.sin(np.arange(4800) / 6)).astype(">i2").tobytes()
    rate = bytes.fromhex("400cfa00000000000000")  # 16000 as a number of 80 bits
    common = (1).to_bytes(2, "big") + (4800).to_bytes(4, "big") + (16).to_bytes(2, "big") + rate
    sound = bytes(8) + tone
    chunks = b"COMM" + len(common).to_bytes(4, "big") + common
    chunks += b"SSND" + len(sound).to_bytes(4, "big") + sound
    aiff = b"FORM" + (len(chunks) + 4).to_bytes(4, "big") + b"AIFF" + chunks
    numbers = (24, len(tone), 3, 16_000, 1)
    au = b".snd" + b"".join(each.to_bytes(4, "big") for each in numbers) + tone
    return [("aiff", aiff), ("au", au)]


_MAKERS: dict[str, Callable[[Path], Any]] = {"loaded onnx": Loader, "compressed sound": Decoder}


def main() -> None:
    """Try so many inputs from the first on; a line of JSON each."""
    name, numbers, folder = sys.argv[1], [int(each) for each in sys.argv[2:5]], Path(sys.argv[5])
    seed, first, count = numbers
    maker = _MAKERS[name](folder)
    reader = Reader(maker.make, maker.read, SHARES[name])
    for number in range(first, first + count):
        wrong = try_out(name, reader, seed, number)
        sys.stdout.write(json.dumps({"try": number, "wrong": wrong}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from backend.processes import run_main

    def run() -> int:
        main()
        return 0

    sys.exit(run_main(run))
