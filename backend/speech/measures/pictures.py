"""Curves drawn over the sound they belong to, with phones where they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backend.phonetics.phones import PhoneTrack, visible_kind
from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import ARKIT_52

from ..pairs import RATE_HZ
from .metrics import lip_opening

_ROW_S = 6.0
_ROWS = 4
_SHOWN = {
    "jawOpen": "#c8322d",
    "mouthFunnel": "#1f5fbf",
    "mouthPucker": "#7a3fb0",
    "mouthPressLeft": "#2f8f4e",
    "mouthClose": "#e08a1e",
    "mouthStretchLeft": "#888888",
}
_KINDS = {"bilabial": "#2f8f4e", "open_vowel": "#c8322d", "closed_vowel": "#1f5fbf"}


def draw_curves(
    target: Path,
    waveform: Floats,
    times_s: Floats,
    curves: Floats,
    known: Floats | None = None,
    track: PhoneTrack | None = None,
) -> None:
    """Draw the first seconds of a face and save them as PNG.

    Args:
        target: file to write; its folder is made.
        waveform: (N,) 16 kHz.
        times_s: (T,) of the curves.
        curves: (T, C) in the order of ``ARKIT_52``.
        known: (T, C) drawn dashed.
        track: phones, drawn along the bottom.
    """
    rows = min(_ROWS, max(1, int(np.ceil(len(waveform) / RATE_HZ / _ROW_S))))
    figure = Figure(figsize=(18, 3.2 * rows), dpi=70, layout="constrained")
    figure.suptitle(target.stem)
    for row, axes in enumerate(np.atleast_1d(figure.subplots(rows, 1))):
        _draw_row(axes, waveform, times_s, curves, known, track)
        axes.set_xlim(row * _ROW_S, (row + 1) * _ROW_S)
        if row == 0:
            axes.legend(loc="upper right", ncols=4, fontsize=8)
    target.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(str(target))


def _draw_row(
    axes: Axes,
    waveform: Floats,
    times_s: Floats,
    curves: Floats,
    known: Floats | None,
    track: PhoneTrack | None,
) -> None:
    axes.plot(np.arange(len(waveform))[::8] / RATE_HZ, 0.3 * waveform[::8] - 0.2, "0.75", lw=0.5)
    for name, colour in _SHOWN.items():
        column = ARKIT_52.index(name)
        axes.plot(times_s, curves[:, column], color=colour, lw=1.5, label=name)
        if known is not None:
            axes.plot(times_s, known[:, column], color=colour, lw=1.0, ls="--")
    if known is None:
        axes.plot(times_s, lip_opening(curves), "k", lw=0.8, label="lip opening")
    if track is not None:
        for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True):
            colour = _KINDS.get(visible_kind(name), "0.3")
            axes.axvline(start, color="0.9", lw=0.5)
            axes.text((start + end) / 2, -0.45, name, color=colour, ha="center", fontsize=9,
                      clip_on=True)  # fmt: skip
    axes.set_ylim(-0.5, 1.0)
