"""Files of a training run: written whole or not at all, read with errors that say what is wrong.

``checkpoint.pt`` is where a run stands, with everything needed to go on as if it had never stopped.
``weights.pt`` is what it has to show: the weights that are exported, and how they came about.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from blender_addon.core.errors import InputError

FORMAT = "Neural Motion training run, version 1"
_DAMAGE = (
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)
"""What torch raises of bytes that are no file of its own, or no longer."""
_SHOWN = 60
"""Characters of a value that an error shows."""


def write_file(path: Path, content: Mapping[str, Any]) -> None:
    """Write beside the file, then put it in its place: a crash leaves the old one."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save({"format": FORMAT, **content}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_file(path: Path) -> dict[str, Any]:
    """What ``write_file`` wrote; tensors come to the CPU.

    Raises:
        InputError: the file is missing, damaged or none of ours.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing; train first, or name the run's folder with --run")
    data = path.read_bytes()
    try:
        kept = _unpack(data)
    except _DAMAGE as error:
        raise InputError(
            f"{path} ({len(data)} bytes) is damaged or no file of a training run; "
            "remove it and train again, or choose another folder with --run"
        ) from error
    found = kept.get("format") if isinstance(kept, dict) else None
    if found != FORMAT:
        raise InputError(
            f"{path} says '{_short(found)}' of its format, expected is '{FORMAT}'; "
            "choose another folder with --run, or remove the file"
        )
    return dict(kept)


def _unpack(data: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if (name := archive.testzip()) is not None:  # torch does not look at check sums
            raise zipfile.BadZipFile(f"wrong check sum of {name}")
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def load_module(module: nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """Give a module its weights.

    Raises:
        InputError: they are those of a network of another shape; says where.
    """
    there = {name: tuple(value.shape) for name, value in weights.items()}
    here = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    if there != here:
        raise InputError(
            f"{path} holds a network of another shape: {'; '.join(differences(there, here)[:3])}; "
            "choose another folder with --run"
        )
    module.load_state_dict(weights)


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Where two nested dictionaries differ, a line for each field."""
    old, new = _flat(there), _flat(here)
    return [
        f"{name} is {_short(old.get(name, 'absent'))} there, {_short(new.get(name, 'absent'))} here"
        for name in dict.fromkeys((*old, *new))
        if name not in old or name not in new or old[name] != new[name]
    ]


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def fingerprint(weights: Mapping[str, Tensor]) -> str:
    """Twelve hexadecimal digits that tell weights apart."""
    digest = hashlib.sha256()
    for name, value in weights.items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def random_states(rng: np.random.Generator, device: torch.device) -> dict[str, Any]:
    """States of all that draws at random: NumPy's generator, torch's on CPU and on the device."""
    states = {"numpy": rng.bit_generator.state, "torch": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_random_states(
    states: Mapping[str, Any], rng: np.random.Generator, device: torch.device
) -> None:
    """Set them again; a run that comes to a GPU from the CPU has none to set there."""
    rng.bit_generator.state = states["numpy"]
    torch.set_rng_state(states["torch"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
