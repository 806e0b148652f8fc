"""What every speech model's contract must say, whatever its kind, and the styles it brings.

Settings: ``channels``, the C names of its curves; ``styles``, by name the E numbers of each style,
the first being the usual one; ``level_db``, the level of speech it was trained at, relative to full
scale (−22 where it is not given); ``kind``, which of the networks it is. The networks' own files
say what each kind needs besides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError
from ..face.arkit import ARKIT_52
from ..inference.contract import ModelContract
from ..inference.settings import SettingsReader
from ..maths.curve import Curve, as_curve

TASK: Final = "speech_face"
_LEVEL_DB: Final = -22.0


@dataclass(frozen=True, eq=False)
class StyleTrack:
    """Which style holds when.

    Args:
        usual: (E,) where nothing else is asked for.
        times_s: (T,) rising, at which the weights are given.
        towards: what leads away from the usual one: directions (E,), each with its weights (T,).
    """

    usual: Floats
    times_s: Floats
    towards: tuple[tuple[Floats, Floats], ...] = ()

    def at(self, times_s: Floats) -> Floats:
        """Style vectors (N, E) at any times (N,); beyond the first and last they stay."""
        styles = np.broadcast_to(self.usual, (len(times_s), len(self.usual)))
        for direction, weights in self.towards:
            weight = np.interp(times_s, self.times_s, weights).astype(np.float32)
            styles = styles + weight[:, None] * direction
        return np.ascontiguousarray(styles, np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeechLayout:
    """A speech model's contract, checked.

    Args:
        channels: C names of its curves.
        style_names: S names, the usual one first.
        style_vectors: (S, E).
        level_db: level of speech that the model expects.
        arkit: the channels are ARKit's weights; others are shapes of the model's own.
        needs_hearing: it hears by an encoder.
        encoder_sha256: of that encoder.
        feature_size: how wide its vectors are.
        supports_variation: ``SpeakOptions.variation`` is heeded.
        supports_expressiveness: ``SpeakOptions.expressiveness`` is heeded.
        moves_head: the head, too.
        learned_upper_face: channels of eyes and brows that are good enough to use.
        gains: by channel, by how much a strength of 1 moves it more than the network says.
        rests: where nobody talks its mouth may go to rest; not where its styles are emotions,
            which show in pauses, too.
    """

    channels: tuple[str, ...]
    style_names: tuple[str, ...]
    style_vectors: Floats
    level_db: float = _LEVEL_DB
    arkit: bool = True
    needs_hearing: bool = False
    encoder_sha256: str = ""
    feature_size: int = 0
    supports_variation: bool = False
    supports_expressiveness: bool = False
    moves_head: bool = False
    learned_upper_face: tuple[str, ...] = ()
    gains: Mapping[str, float] = field(default_factory=dict)
    rests: bool = True

    def style_track(self, weights: Mapping[str, Curve], times_s: Floats) -> StyleTrack:
        """The usual style, led towards others by their weights.

        Args:
            weights: by style name, a number or (T,); those of the usual style change nothing.
            times_s: (T,) of the weights.

        Raises:
            SettingsError: a style the model does not have, or a curve of another length.
        """
        usual = self.style_vectors[0]
        towards: list[tuple[Floats, Floats]] = []
        for name, weight in weights.items():
            if name not in self.style_names:
                raise SettingsError(
                    f"this model has no style '{name}'; it has {', '.join(self.style_names)}"
                )
            curve = as_curve(weight, len(times_s), f"style '{name}'")
            if curve.any():
                direction = self.style_vectors[self.style_names.index(name)] - usual
                towards.append((direction, curve))
        return StyleTrack(usual, times_s, tuple(towards))


@dataclass(frozen=True, eq=False)
class CommonSettings:
    """What all kinds say.

    Args:
        channels: C names.
        style_names: S names.
        style_vectors: (S, E).
        level_db: level of speech.
    """

    channels: tuple[str, ...]
    style_names: tuple[str, ...]
    style_vectors: Floats
    level_db: float


def read_common(
    contract: ModelContract,
    channels: int | str,
    styles: int | str,
    known: Collection[str] | None = ARKIT_52,
) -> CommonSettings:
    """Check what all kinds say.

    Args:
        contract: of a speech model.
        channels: how many curves it has.
        styles: how many numbers a style has.
        known: names a channel may have; None for any.

    Raises:
        ContractError: something is missing or of another size.
    """
    settings = SettingsReader(contract)
    rows = settings.rows("styles", styles)
    return CommonSettings(
        settings.names("channels", count=channels, known=known),
        tuple(rows),
        np.stack([*rows.values()]),
        settings.number("level_db", -60.0, 0.0, _LEVEL_DB),
    )
