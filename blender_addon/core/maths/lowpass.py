"""Zero-phase low-pass filters of tracks, several at once.

A Butterworth filter of order n run forward and backward multiplies each frequency f by
1 / (1 + (f / f_c)^(2n)). So it is applied here: in the frequency domain, whatever the cut-off, to
all tracks at once. Of order 2 it is also the steady state of the Kalman (RTS) smoother of a motion
whose velocity drifts, and the cubic smoothing spline.

Source: Butterworth 1930; Gustafsson 1996 (forward and backward); Wahba 1990, for the spline.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..conventions import Floats

_PADDING_S: Final = 1.0


def padded_spectrum(values: Floats, rate_hz: float) -> tuple[Any, Floats, slice]:
    """Spectrum along time of values continued at both ends by point reflection.

    Args:
        values: (T, ...).
        rate_hz: frames per second.

    Returns:
        Spectrum (F, ...) complex, frequencies (F,) in Hz, and where the T frames lie in it.
    """
    count = len(values)
    padding = min(max(round(_PADDING_S * rate_hz), 1), max(count - 1, 0))
    rest = _even_length(count + 2 * padding) - count - padding
    widths = ((padding, padding), *[(0, 0)] * (values.ndim - 1))
    mirrored = np.pad(values, widths, mode="reflect", reflect_type="odd")
    # The end meets the beginning on a straight line, so that no step rings into the frames.
    more = rest - padding
    if more:
        share = (np.arange(1, more + 1, dtype=values.dtype) / (more + 1)).reshape(
            -1, *[1] * (values.ndim - 1)
        )
        joint = mirrored[-1] + share * (mirrored[0] - mirrored[-1])
        mirrored = np.concatenate((mirrored, joint))
    spectrum = np.fft.rfft(mirrored, axis=0)
    return (
        np.asarray(spectrum),
        np.fft.rfftfreq(len(mirrored), 1.0 / rate_hz),
        slice(padding, padding + count),
    )


def response(frequencies_hz: Floats, cutoff_hz: float, order: int) -> Floats:
    """(F,) by what a Butterworth filter, run forward and backward, multiplies each frequency."""
    return np.asarray(1.0 / (1.0 + (frequencies_hz / cutoff_hz) ** (2 * order)))


def back(spectrum: Any, inside: slice, like: Floats) -> Floats:
    """The frames of a spectrum that ``padded_spectrum`` made."""
    count = 2 * (len(spectrum) - 1)
    return np.fft.irfft(spectrum, count, axis=0)[inside].astype(like.dtype)


def _even_length(least: int) -> int:
    """An even length whose factors are 2, 3 and 5, at least ``least``."""
    best = 1 << (least - 1).bit_length()
    for odd in (1, 3, 5, 9, 15, 25, 27, 45, 75, 81, 125):
        length = odd * 2
        while length < least:
            length *= 2
        best = min(best, length)
    return max(best, 2)
