"""Recordings as vectors with the face that goes with them, kept on disk once they were heard."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import track

from backend.phonetics.phones import PhoneTrack
from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from ..pairs import FACEGOOD, GRID, PHONES, SpeechPair, load_pair, pair_paths
from .variants import make_variant
from .vectors import WindowedEncoder

ENCODER: Final = Path(__file__).resolve().parents[3] / "onnx_models" / "speech_encoder.onnx"
VARIANTS: Final = {GRID: 8, FACEGOOD: 8, PHONES: 2}
"""How many times each recording of a teacher is heard in training."""
HEAD_SIZE: Final = 3
_RECIPE: Final = ("heard/variants.py", "heard/vectors.py", "teachers/augment.py")


@dataclass(frozen=True, eq=False)
class HeardClip:
    """A recording heard once.

    Args:
        name: of the recording.
        teacher: who made the curves.
        vectors: (T, D) float16 at 50 a second.
        rows: (T, C + 3) ARKit weights, then pitch, yaw and roll of the head in radians.
        known: (C + 3,) columns the teacher says anything about.
        lips: (T, 3) opening, width and drop; None where nobody measured them.
        phones: with times of this variant; of synthetic speech only.
    """

    name: str
    teacher: str
    vectors: Floats
    rows: Floats
    known: Floats
    lips: Floats | None
    phones: PhoneTrack | None = None


def load_heard(
    folder: Path, split: str, teachers: Sequence[str], most: dict[str, int] | None = None
) -> list[HeardClip]:
    """Every recording of a split as the encoder hears it; those not heard yet are heard now.

    Args:
        folder: as ``prepare speech --out`` wrote it.
        split: train or val; recordings of val are heard once, as they are.
        teachers: whose.
        most: recordings of a teacher, where not all are wanted.
    """
    encoder = WindowedEncoder(ModelSession(ENCODER, ["CPUExecutionProvider"]))
    clips = []
    for teacher in teachers:
        paths = pair_paths(folder, split, teacher)[: (most or {}).get(teacher)]
        for path in track(paths, description=f"Hearing {teacher}"):
            pair = load_pair(path)
            for number in range(VARIANTS[teacher] if split == "train" else 1):
                clips.append(_hear(pair, path, number, encoder))
    return clips


def _hear(pair: SpeechPair, path: Path, number: int, encoder: WindowedEncoder) -> HeardClip:
    stem = f"{path.stem}.{number}.{_recipe(encoder)}.{zlib.crc32(pair.waveform.tobytes()):08x}"
    kept = path.parent / "heard" / f"{stem}.npz"
    if not kept.exists():
        rng = np.random.default_rng([zlib.crc32(pair.name.encode()), number])
        variant = make_variant(pair.waveform, number, rng)
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(".partial")
        with partial.open("wb") as file:
            vectors = encoder.vectors(variant.waveform, rng)
            np.savez(file, vectors=vectors, speed=np.array(variant.speed))
        partial.replace(kept)
    with np.load(kept, allow_pickle=False) as file:
        return with_face(pair, file["vectors"], float(file["speed"]))


def _recipe(encoder: WindowedEncoder) -> str:
    """Changes with whatever decides how a recording is heard."""
    digest = hashlib.sha256(encoder.sha256.encode())
    for name in _RECIPE:
        digest.update((Path(__file__).parents[1] / name).read_bytes())
    return digest.hexdigest()[:8]


def with_face(pair: SpeechPair, vectors: Floats, speed: float) -> HeardClip:
    """What was heard of a pair, and the pair's face at the same moments.

    Args:
        pair: the recording.
        vectors: (T, D) of a variant of it.
        speed: how much faster that variant is.
    """
    pair = pair.over(ARKIT_52)
    times = np.arange(len(vectors)) / FEATURE_RATE_HZ * speed
    measured = pair.head_rad is not None
    head = np.zeros((1, HEAD_SIZE))
    if pair.head_rad is not None:
        head = pair.head_rad - np.median(pair.head_rad, 0)
    rows = np.concatenate(
        (pair.curves_at(times), _at(times, pair.times_s, head)), axis=1, dtype=np.float32
    )
    known = np.concatenate((pair.known, np.full(HEAD_SIZE, measured)))
    lips = None if pair.lips is None else _at(times, pair.times_s, pair.lips[:, :3])
    phones = None
    if pair.phones is not None:
        phones = PhoneTrack(
            pair.phones.names, pair.phones.starts_s / speed, pair.phones.ends_s / speed,
            pair.phones.stress,
        )  # fmt: skip
    return HeardClip(pair.name, pair.teacher, vectors, rows, known, lips, phones)


def _at(times_s: Floats, known_s: Floats, rows: Floats) -> Floats:
    if len(rows) == 1:
        return np.zeros((len(times_s), rows.shape[1]), np.float32)
    columns = [np.interp(times_s, known_s, column) for column in rows.T]
    return np.stack(columns, axis=1).astype(np.float32)
