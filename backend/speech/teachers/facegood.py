"""FACEGOOD's hand-animated recordings as ARKit-named curves of the lower face: teacher one.

Its rig has its own shapes, and amplitudes of another face. Which shapes make which ARKit channel is
read from their names; each shape's gain brings its strongest pose in plain speech (the 99th
percentile of the frames in which it moves) to the weight that the same pose has on an ARKit face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from ..pairs import FACEGOOD, SpeechPair, read_wav

TRAIN: Final = ("1114_2_01", "1114_2_02", "1114_2_04", "1114_2_05", "1114_3_15")
VAL: Final = ("1114_3_16",)
RECORDINGS: Final = {"train": TRAIN, "val": VAL}
MOVES: Final = 0.02
"""A weight above this counts as moving."""


@dataclass(frozen=True)
class Source:
    """Shapes of the data that together are one pose, shown by one ARKit channel or a pair.

    Args:
        channel: ARKit name, without its side where both sides get the same shapes.
        shapes: names in the data; their mean is taken.
        peak: weight that the strongest such pose of plain speech has on an ARKit face.
        gain: weight there over weight here, as ``fit_gains`` finds it.
    """

    channel: str
    shapes: tuple[str, ...]
    peak: float
    gain: float

    def channels(self) -> tuple[str, ...]:
        """The ARKit channels it moves."""
        sides = (self.channel, self.channel + "Left", self.channel + "Right")
        return tuple(name for name in sides if name in SPEECH_CHANNELS)


def _both(stem: str) -> tuple[str, str]:
    return (f"{stem}_l", f"{stem}_r")


_FUNNEL = tuple(f"mouth_funnel_{corner}" for corner in ("dl", "dr", "ul", "ur"))
SOURCES: Final = (
    Source("jawOpen", ("mouth_stretch_c",), 0.55, 1.02),
    Source("mouthFunnel", _FUNNEL, 0.55, 0.95),
    Source("mouthFunnel", ("mouth_oh_c",), 0.60, 0.64),
    Source("mouthPucker", _both("mouth_pucker"), 0.70, 1.01),
    Source("mouthPucker", ("mouth_oo_c",), 0.70, 1.15),
    Source("mouthPress", _both("mouth_press"), 0.50, 0.88),
    Source("mouthRollLower", ("mouth_suck_dl", "mouth_suck_dr"), 0.40, 0.88),
    Source("mouthRollUpper", ("mouth_suck_ul", "mouth_suck_ur"), 0.35, 0.92),
    Source("mouthLowerDown", _both("mouth_lowerLipDepress"), 0.40, 1.15),
    Source("mouthUpperUp", _both("mouth_upperLipRaise"), 0.30, 1.28),
    Source("mouthSmile", _both("mouth_lipCornerPull"), 0.30, 0.95),
    Source("mouthStretch", _both("mouth_lipStretch"), 0.30, 0.94),
    Source("mouthShrugUpper", ("mouth_chinRaise_u",), 0.30, 0.63),
)
"""Left and right are equal in the data (r = 1), so both sides get the mean of both."""


def known_channels() -> Bools:
    """Which channels the data say anything about: (C,)."""
    known = {name for source in SOURCES for name in source.channels()}
    return np.array([name in known for name in SPEECH_CHANNELS])


def read_shapes(folder: Path, name: str) -> tuple[dict[str, Floats], float]:
    """Curves by the data's own shape names, and their frame rate in Hz.

    Raises:
        InputError: the file is missing, or has not the shapes that are needed.
    """
    path = folder / f"{name}.npz"
    if not path.is_file():
        raise InputError(f"no recording {path}; give --data the folder that holds face/facegood")
    with np.load(path, allow_pickle=False) as file:
        names, curves, rate = file["names"], file["curves"], float(file["fps"])
    shapes = {str(shape): curves[:, n] for n, shape in enumerate(names)}
    missing = sorted({s for source in SOURCES for s in source.shapes} - shapes.keys())
    if missing:
        raise InputError(f"{path} lacks the shapes {', '.join(missing)}; it is of another rig")
    return shapes, rate


def _pose(shapes: dict[str, Floats], source: Source) -> Floats:
    return np.mean([shapes[name] for name in source.shapes], axis=0)


def fit_gains(folder: Path, names: Sequence[str] = TRAIN) -> list[float]:
    """The gain of each of ``SOURCES``, from the frames in which it moves; 1 where it never does."""
    recordings = [read_shapes(folder, name)[0] for name in names]
    gains = []
    for source in SOURCES:
        weights = np.concatenate([_pose(shapes, source) for shapes in recordings])
        moving = weights[weights > MOVES]
        gains.append(source.peak / float(np.percentile(moving, 99)) if len(moving) else 1.0)
    return gains


def shapes_to_curves(shapes: dict[str, Floats]) -> Floats:
    """ARKit curves (T, C) in the order of ``SPEECH_CHANNELS``: the strongest source of each."""
    frames = len(next(iter(shapes.values())))
    curves = np.zeros((frames, len(SPEECH_CHANNELS)), np.float32)
    for source in SOURCES:
        weights = np.clip(_pose(shapes, source) * source.gain, 0.0, 1.0)
        for name in source.channels():
            column = SPEECH_CHANNELS.index(name)
            curves[:, column] = np.maximum(curves[:, column], weights)
    return curves


def read_recording(folder: Path, name: str) -> SpeechPair:
    """One recording as sound and curves.

    Args:
        folder: holds ``NAME.wav`` and ``NAME.npz``.
        name: the recording's.
    """
    shapes, rate = read_shapes(folder, name)
    curves = shapes_to_curves(shapes)
    times = np.arange(len(curves)) / rate
    waveform = read_wav(folder / f"{name}.wav")
    return SpeechPair(name, waveform, times, curves, FACEGOOD, known_channels())
