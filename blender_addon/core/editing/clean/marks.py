"""What was found in a capture, in words: markers, notes and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...feet.contacts import spans
from ...maths.segments import Segments
from .slides import Slide
from .tracks import ROOT

_MOST_MARKERS: Final = 60
_MOST_NAMES: Final = 3
_NEAR_S: Final = 0.5
_NOISY_RAD: Final = np.deg2rad(0.3)
_NOISY_M: Final = 0.002
_LONG_HOLE_S: Final = 2.0


@dataclass(frozen=True, eq=False)
class Found:
    """What was found in T frames of C tracks.

    Args:
        names: of the joints; track 0 is the hips' position.
        rate_hz: frames per second.
        missing: (T, C) said to be missing.
        frozen: (T, C) found to be.
        spikes: (T, C).
        noise: (T, C) metres, then radians.
        slides: stances that were held.
    """

    names: tuple[str, ...]
    rate_hz: float
    missing: Bools
    frozen: Bools
    spikes: Bools
    noise: Floats
    slides: tuple[Slide, ...]

    def markers(self) -> dict[int, str]:
        """Moments that were touched, by frame, the longest ones if there are too many."""
        places = [
            *self._spans(self.missing, "{} missing"),
            *self._spans(self.frozen, "{} frozen"),
            *self._spans(self.spikes, "Spike: {}"),
            *self._jitter(),
            *self._slides(),
        ]
        places.sort(key=lambda place: place[0] - place[1])
        found: dict[int, str] = {}
        for start, _, text in sorted(places[:_MOST_MARKERS]):
            found[start] = f"{found[start]}; {text}" if start in found else text
        return found

    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        lines = []
        if len(self.slides):
            lines.append(f"{len(self.slides)} sliding steps were held")
        gone = (self.missing | self.frozen).any(axis=1)
        longest = max((stop - start for start, stop in spans(gone)), default=0) / self.rate_hz
        if longest > _LONG_HOLE_S:
            lines.append(
                f"something is missing for {longest:.1f} s on end: what is filled in there is a "
                "guess, look at it"
            )
        if self.rate_hz < 20.0:
            lines.append(
                f"at {self.rate_hz:g} frames a second jitter cannot be told from motion, and is "
                "left alone"
            )
        return tuple(lines)

    def measures(self) -> Mapping[str, float]:
        """Amounts of each kind of damage."""
        joints = self.noise[:, ROOT + 1 :]
        return {
            "jitter_deg": float(np.rad2deg(joints.mean())),
            "jitter_root_mm": 1000.0 * float(self.noise[:, ROOT].mean()),
            "spikes": float(self.spikes.sum()),
            "missing_s": float((self.missing | self.frozen).any(axis=1).sum()) / self.rate_hz,
            "slides": float(len(self.slides)),
        }

    def _spans(self, flags: Bools, text: str) -> list[tuple[int, int, str]]:
        """Runs of frames with any flag set, those near one another as one."""
        joined = _joined(flags.any(axis=1), round(_NEAR_S * self.rate_hz))
        return [
            (start, stop, text.format(self._named(flags[start:stop].any(axis=0))))
            for start, stop in spans(joined)
        ]

    def _jitter(self) -> list[tuple[int, int, str]]:
        limit = np.full(self.noise.shape[1], _NOISY_RAD)
        limit[ROOT] = _NOISY_M
        noisy = self.noise > limit
        joined = _joined(noisy.any(axis=1), round(2 * _NEAR_S * self.rate_hz))
        found = []
        for start, stop in spans(joined):
            part = noisy[start:stop]
            joints = self.noise[start:stop, ROOT + 1 :][part[:, ROOT + 1 :]]
            size = f" of {np.rad2deg(joints.mean()):.1f}°" if len(joints) else ""
            named = self._named(part.mean(axis=0) > 0.5 * part.mean(axis=0).max())
            found.append((start, stop, f"Jitter{size}: {named}"))
        return found

    def _slides(self) -> list[tuple[int, int, str]]:
        """Steps near one another as one."""
        sliding = np.zeros(len(self.noise), bool)
        for each in self.slides:
            sliding[each.start : each.stop] = True
        found = []
        for start, stop in spans(_joined(sliding, round(4 * _NEAR_S * self.rate_hz))):
            inside = [each for each in self.slides if start <= each.start < stop]
            furthest = 100.0 * max(each.distance_m for each in inside)
            sides = sorted({each.side for each in inside})
            feet = f"{sides[0]} foot slides" if len(sides) == 1 else "Feet slide"
            steps = f" in {len(inside)} steps" if len(inside) > 1 else ""
            found.append((start, stop, f"{feet} by up to {furthest:.0f} cm{steps}"))
        return found

    def _named(self, tracks: Bools) -> str:
        """Joints in words."""
        numbers = np.flatnonzero(tracks)
        words = ["hips' position" if n == ROOT else self.names[n - 1] for n in numbers]
        if len(words) == len(self.names) + 1:
            return "everything"
        if len(words) > _MOST_NAMES:
            return f"{', '.join(words[:_MOST_NAMES])} and {len(words) - _MOST_NAMES} more"
        return ", ".join(words)


def _joined(flags: Bools, gap: int) -> Bools:
    """(T,) with gaps of up to so many frames closed."""
    near = Segments.of(len(flags)).frames_to(flags) <= gap // 2
    if not near.any():
        return flags
    joined = np.zeros_like(flags)
    for start, stop in spans(near):
        inside = np.flatnonzero(flags[start:stop])
        joined[start + inside[0] : start + inside[-1] + 1] = True
    return joined
