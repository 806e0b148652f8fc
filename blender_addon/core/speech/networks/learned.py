"""What the contracts of networks that hear by an encoder have in common.

Settings: ``encoder_sha256`` of the encoder they were trained on, ``learned_upper_face``, the
channels of eyes and brows that are good enough to use (none where it is not given), ``gains``, by
channel how much further than the network says a face moves (1 where it is not given).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from ...errors import ContractError
from ...face.arkit import ARKIT_52
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ..layout import read_common

HEAD_SIZE: Final = 3
_MOST_GAIN: Final = 4.0
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def require_tensors(contract: ModelContract, shapes: Mapping[str, tuple[int | str, ...]]) -> None:
    """Check inputs and outputs against what they must be.

    Args:
        contract: of a model.
        shapes: by tensor; a name stands for a size free to choose but the same for all.

    Raises:
        ContractError: a tensor is missing, too many or of another shape.
    """
    found = {spec.name: spec.shape for spec in (*contract.inputs, *contract.outputs)}
    sizes: dict[str, int | str] = {}
    fits = set(found) == set(shapes)
    for name, expected in shapes.items() if fits else ():
        fits = fits and len(found[name]) == len(expected)
        for size, named in zip(found[name], expected, strict=False):
            known = sizes.setdefault(named, size) if isinstance(named, str) else named
            fits = fits and size == known
    if not fits:
        raise ContractError(
            f"model '{contract.name}' has {_shown(found)}; expected {_shown(shapes)}. Use a model "
            "exported for this version"
        )


def fixed_size(contract: ModelContract, tensor: str) -> int:
    """Size of a tensor's last axis, which must be a number.

    Raises:
        ContractError: there is no such tensor, or the size is left open.
    """
    specs = {spec.name: spec.shape for spec in (*contract.inputs, *contract.outputs)}
    size = specs.get(tensor, ("missing",))[-1]
    if not isinstance(size, int):
        raise ContractError(
            f"model '{contract.name}' has {_shown(specs)}; expected '{tensor}' with a fixed last "
            "size. Use a model exported for this version"
        )
    return size


def read_learned(
    contract: ModelContract, channels: int, known: Collection[str] | None = ARKIT_52
) -> dict[str, Any]:
    """Fields of a SpeechLayout that all networks with an encoder share.

    Args:
        contract: of a model whose tensors are checked.
        channels: how many curves it has.
        known: names a channel may have; None for any.

    Raises:
        ContractError: a setting is missing or cannot be used.
    """
    settings = SettingsReader(contract)
    common = read_common(contract, channels, fixed_size(contract, "style"), known)
    sha256 = contract.setting("encoder_sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise settings.wrong("encoder_sha256", "64 lower-case hex digits", sha256)
    upper: tuple[str, ...] = ()
    if contract.settings.get("learned_upper_face", []) != []:
        upper = settings.names("learned_upper_face", known=common.channels)
    return {
        **vars(common),
        "arkit": known is not None,
        "needs_hearing": True,
        "encoder_sha256": sha256,
        "feature_size": fixed_size(contract, "features"),
        "moves_head": True,
        "learned_upper_face": upper,
        "gains": _read_gains(settings, contract, common.channels),
    }


def _read_gains(
    settings: SettingsReader, contract: ModelContract, channels: Collection[str]
) -> dict[str, float]:
    found = contract.settings.get("gains", {})
    fits = isinstance(found, dict) and all(
        name in channels
        and isinstance(gain, int | float)
        and not isinstance(gain, bool)
        and 0.0 <= gain <= _MOST_GAIN
        for name, gain in found.items()
    )
    if not fits:
        raise settings.wrong("gains", f"a factor of 0 to {_MOST_GAIN:g} by channel", found)
    return {name: float(gain) for name, gain in found.items()}


def _shown(shapes: Mapping[str, tuple[int | str, ...]]) -> str:
    return ", ".join(f"{name} ({', '.join(map(str, shape))})" for name, shape in shapes.items())
