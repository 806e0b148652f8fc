"""What the panel knows of the chosen speech model, without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ...blender.models.preferred import model_choice
from ...core.errors import NeuralMotionError

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ...core.speech.layout import SpeechLayout

_KINDS: Final = {
    "waveform": "a convolutional network of 2017",
    "regression": "a recurrent network after FaceXHuBERT",
    "diffusion": "diffusion after FaceDiffuser",
    "audio2face": "NVIDIA's Audio2Face-3D",
    "vertices": "a network for the shapes of one mesh",
}
_ON_ARKIT: Final = {
    "lip_closure": "Lips are closed on",
    "blinks": "Brows and blinks are laid over on",
    "expressions": "Emotions are laid over on",
    "phones": "Phones correct lips on",
    "channels": "The table is used with",
}
"""What is done on ARKit's shapes alone."""


@dataclass(frozen=True, eq=False)
class ChosenModel:
    """The speech model that would run.

    Args:
        name: of its file.
        kind: as its contract says.
        layout: what it can do.
    """

    name: str
    kind: str
    layout: SpeechLayout

    @property
    def about(self) -> str:
        """The same in words."""
        return f"{self.name}: {_KINDS.get(self.kind, self.kind)}"

    def lacks(self, setting: str) -> str:
        """Why a setting changes nothing with this model; empty if it does."""
        layout = self.layout
        if not layout.arkit and setting in _ON_ARKIT:
            done = f"{_ON_ARKIT[setting]} ARKit shapes only"
            return f"{done}; '{self.name}' moves the mesh it was trained on by shapes of its own"
        able = {
            "variation": layout.supports_variation,
            "expressiveness": layout.supports_expressiveness,
        }
        if able.get(setting, True):
            return ""
        what = setting.replace("_", " ").title()
        return f"{what} is for models that draw variations; '{self.name}' speaks always the same"


def chosen_model(context: bpy.types.Context) -> ChosenModel | None:
    """The model that would run; None if it cannot be read."""
    from ...core.inference.model_list import find_model
    from ...core.speech.layout import TASK

    try:
        path = find_model(TASK, model_choice(context)).with_suffix(".json")
        return _model_in(path, path.stat().st_mtime_ns)
    except (NeuralMotionError, OSError):
        return None  # Generate says what is wrong with the model


def what_model_lacks(context: bpy.types.Context, setting: str) -> str:
    """Why a setting changes nothing with the chosen model; empty if it does, or none is known."""
    model = chosen_model(context)
    return "" if model is None else model.lacks(setting)


@lru_cache(maxsize=8)
def _model_in(path: Path, _changed_ns: int) -> ChosenModel:
    """Read once for each change of the file: the panel asks at every redraw."""
    from ...core.inference.contract import load_contract
    from ...core.speech.networks.opening import read_layout

    contract = load_contract(path)
    kind = str(contract.settings.get("kind", "waveform"))
    return ChosenModel(path.stem, kind, read_layout(contract))
