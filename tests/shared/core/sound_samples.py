"""Sounds for tests: sines, and WAV files of every kind written byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def sine(rate_hz: int, seconds: float = 1.0, pitch_hz: float = 440.0, size: float = 0.5):
    """One channel."""
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    return (size * np.sin(2 * np.pi * pitch_hz * times)).astype(np.float32)


def encode(samples, kind: int, width: int) -> bytes:
    """(N, channels) in ±1 as little-endian bytes."""
    if kind == FLOAT:
        return samples.astype({4: "<f4", 8: "<f8"}[width]).tobytes()
    full = float(1 << (8 * width - 1))
    whole = np.clip(np.round(samples.astype(np.float64) * full), -full, full - 1).astype(np.int64)
    if width == 1:
        return (whole + 128).astype(np.uint8).tobytes()
    return whole.astype("<i8").reshape(-1, 1).view(np.uint8)[:, :width].tobytes()


def write_wav(
    path: Path,
    samples,
    rate_hz: int,
    kind: int = PCM,
    width: int = 2,
    *,
    mask: int | None = None,
    data_size: int | None = None,
    code: int | None = None,
    extra: bytes = b"",
) -> Path:
    """A WAV file; ``mask`` makes its header extensible, ``data_size`` and ``code`` lie in it."""
    samples = np.asarray(samples)
    samples = samples[:, None] if samples.ndim == 1 else samples
    data, channels = encode(samples, kind, width), samples.shape[1]
    tag = EXTENSIBLE if mask is not None else kind if code is None else code
    frame = channels * width
    body = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, 8 * width)
    if mask is not None:
        rest = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
        body += struct.pack("<HHIH", 22, 8 * width, mask, kind) + rest
    size = len(data) if data_size is None else data_size
    chunks = b"fmt " + struct.pack("<I", len(body)) + body + extra
    chunks += b"data" + struct.pack("<I", size) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)
    return path
