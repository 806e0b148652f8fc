"""Draws a sound over the timelines, where it is heard.

Nothing is decoded while drawing: a sound that is not known yet is read on a thread, and drawn when
its peaks are there. What is drawn is made once for each view.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import ceil, floor
from typing import Any, Final

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from numpy.typing import NDArray

from ...core.errors import REPORTED
from ...core.jobs import Progress
from ...core.sound.peaks import Peaks, peaks_of
from .. import timeline_overlay
from ..jobs.background import BackgroundTask
from .along import SoundAlong

_HEIGHT_PX: Final = 30.0
_BAND: Final = (0.0, 0.0, 0.0, 0.28)
_WAVE: Final = (0.50, 0.80, 1.0, 0.6)
_QUIETEST: Final = 0.05
"""Full height is the loudest sample, but not that of mere noise."""
_LEAST_PX: Final = 0.5
_BOTH_SIDES_PX: Final = 20.0
"""A lower band shows the upper half of the waveform alone, twice as large."""
_BENT: Final = 0.7
"""Power of the heights: quiet speech is seen beside loud one in a band as low as this."""
_POLL_S: Final = 0.1
_MOST_KEPT: Final = 8


class WaveformOverlay:
    """A band with the waveform of what a function gives at each redraw.

    Args:
        name: of the band.
        latest: the sound to be drawn, or None for nothing.
    """

    def __init__(self, name: str, latest: Callable[[], SoundAlong | None]) -> None:
        self._name, self._latest = name, latest
        self._peaks: dict[Hashable, Peaks | None] = {}
        self._task: BackgroundTask[Peaks] | None = None
        self._reading: Hashable = None
        self._batches: dict[int, tuple[Hashable, Any, Any]] = {}
        self._poll = self._see_whether_read  # one object: Blender knows timers by their identity
        timeline_overlay.add_band(name, self._height_px, self._draw)

    def remove(self) -> None:
        """Draw no more, and stop reading."""
        timeline_overlay.remove_band(self._name)
        if bpy.app.timers.is_registered(self._poll):
            bpy.app.timers.unregister(self._poll)
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._batches.clear()

    def peaks(self, along: SoundAlong) -> Peaks | None:
        """The peaks of a sound; None while they are not known, which begins their reading."""
        if along.key in self._peaks:
            return self._peaks[along.key]
        if self._task is not None and self._reading != along.key:
            self._task.cancel()
            self._task = None
        if self._task is None:
            self._reading = along.key
            self._task = BackgroundTask(lambda told: _read(along, told))
        if not bpy.app.timers.is_registered(self._poll):
            bpy.app.timers.register(self._poll, first_interval=_POLL_S, persistent=True)
        return None

    def _see_whether_read(self) -> float | None:
        if self._task is None:
            return None
        if not self._task.finished:
            return _POLL_S
        try:
            self._peaks[self._reading] = self._task.result()
        except REPORTED:
            self._peaks[self._reading] = None  # Generate says what is wrong with it
        while len(self._peaks) > _MOST_KEPT:
            del self._peaks[next(iter(self._peaks))]
        self._task = None
        timeline_overlay.redraw()
        return None

    def _height_px(self, _context: bpy.types.Context) -> float:
        along = self._latest()
        return _HEIGHT_PX if along is not None and self.peaks(along) is not None else 0.0

    def _draw(
        self, _context: bpy.types.Context, region: bpy.types.Region, bottom: float, top: float
    ) -> None:
        along = self._latest()
        peaks = None if along is None else self.peaks(along)
        if along is None or peaks is None:
            return
        view = timeline_overlay.frames_across(region)
        key = (
            id(peaks), along.start_frame, along.end_frame, along.start_s, along.frame_rate_hz,
            view, region.width, bottom, top,
        )  # fmt: skip
        kept = self._batches.get(region.as_pointer())
        if kept is None or kept[0] != key:
            if len(self._batches) >= _MOST_KEPT:
                self._batches.clear()
            kept = (key, *_batches(along, peaks, view, region.width, (bottom, top)))
            self._batches[region.as_pointer()] = kept
        _show(kept[1], _BAND)
        _show(kept[2], _WAVE)


def waveform_shape(
    along: SoundAlong, peaks: Peaks, view: tuple[float, float], width: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Where a waveform is seen in a view of the timeline, and how high it is there.

    Args:
        along: the sound at its place.
        peaks: of it.
        view: frames at the left and the right border.
        width: of the view, pixels.

    Returns:
        (N,) pixels from the left border, and (N,) heights from 0 to 1 of the sound's loudest; N is
        0 where nothing of it is in view.
    """
    frames_per_px = (view[1] - view[0]) / width
    length = len(peaks.values) / peaks.rate_hz - along.start_s
    end = min(along.end_frame, along.start_frame + length * along.frame_rate_hz)
    first = max(floor((along.start_frame - view[0]) / frames_per_px), 0)
    last = min(ceil((end - view[0]) / frames_per_px), width)
    if last <= first:
        return np.zeros(0), np.zeros(0, np.float32)
    frames = view[0] + np.array([first, last]) * frames_per_px
    seconds = along.start_s + (frames - along.start_frame) / along.frame_rate_hz
    heights = peaks.between(seconds[0], seconds[1], last - first)
    loudest = max(float(peaks.values.max(initial=0.0)), _QUIETEST)
    return np.arange(first, last) + 0.5, heights / np.float32(loudest)


def _read(along: SoundAlong, told: Progress) -> Peaks:
    return peaks_of(along.open(), told.cancellation)


def _batches(
    along: SoundAlong,
    peaks: Peaks,
    view: tuple[float, float],
    width: int,
    band: tuple[float, float],
) -> tuple[Any, Any]:
    """The band and the waveform; None where nothing is in view."""
    pixels, heights = waveform_shape(along, peaks, view, width)
    if not len(pixels):
        return None, None
    bottom, top = band
    ends = (pixels[0] - 0.5, pixels[-1] + 0.5)
    corners = np.array([(x, y) for x in ends for y in band])
    shown = heights**_BENT * (top - bottom)
    outline = np.stack((np.full(len(shown), bottom), bottom + np.maximum(shown, 1.0)), axis=1)
    if top - bottom >= _BOTH_SIDES_PX:
        half, middle = np.maximum(0.46 * shown, _LEAST_PX), 0.5 * (bottom + top)
        outline = np.stack((middle - half, middle + half), axis=1)
    wave = np.stack((np.repeat(pixels, 2), outline.ravel()), axis=1)
    return _strip(corners), _strip(wave)


def _strip(points: NDArray[np.floating]) -> Any:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    whole = np.concatenate((points, np.zeros((len(points), 1))), axis=1).astype(np.float32)
    return batch_for_shader(shader, "TRI_STRIP", {"pos": whole})


def _show(batch: Any, colour: tuple[float, float, float, float]) -> None:
    if batch is None:
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    shader.bind()
    shader.uniform_float("color", colour)
    batch.draw(shader)
    gpu.state.blend_set("NONE")
