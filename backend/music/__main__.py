"""Writes a piece of made music: ``python -m backend.music OUT.wav --bpm 120 --style salsa``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from blender_addon.core.sound.beats import beats_at_tempo

from .make import ENERGY_RATE_HZ, STYLES, make_music, write_music


def main() -> None:
    """Make music at a steady tempo that swells once, and write it."""
    parser = argparse.ArgumentParser(prog="backend.music", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bpm", type=float, default=120.0)
    parser.add_argument("--style", choices=STYLES, default="salsa")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    count = max(1, round(options.seconds * ENERGY_RATE_HZ))
    energy = 0.5 + 0.5 * np.sin(np.pi * np.arange(count) / count)
    beats = beats_at_tempo(options.bpm, 0.5, options.seconds)
    write_music(options.out, make_music(beats, energy, options.seed, options.style))


if __name__ == "__main__":
    main()
