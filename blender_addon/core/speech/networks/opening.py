"""Which network a model is, by the ``kind`` of its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...errors import ContractError
from ...inference.contract import ModelContract
from ...jobs import Runner
from ..layout import TASK, SpeechLayout
from .audio2face import KIND as AUDIO2FACE
from .audio2face import Audio2FaceNetwork, read_audio2face_layout
from .diffusion import DiffusionNetwork, read_diffusion_layout
from .protocol import SpeechNetwork
from .regression import RegressionNetwork, read_regression_layout
from .vertices import KIND as VERTICES
from .vertices import open_vertices, read_vertices_layout
from .waveform import WaveformNetwork, read_waveform_layout

_USUAL_KIND: Final = "waveform"


@dataclass(frozen=True)
class Kind:
    """One kind of network.

    Args:
        read_layout: checks a contract and says what the model has.
        open: makes the network from a loaded model.
    """

    read_layout: Callable[[ModelContract], SpeechLayout]
    open: Callable[[Runner], SpeechNetwork]


KINDS: Final[Mapping[str, Kind]] = {
    _USUAL_KIND: Kind(read_waveform_layout, WaveformNetwork),
    "regression": Kind(read_regression_layout, RegressionNetwork),
    "diffusion": Kind(read_diffusion_layout, DiffusionNetwork),
    VERTICES: Kind(read_vertices_layout, open_vertices),
    AUDIO2FACE: Kind(read_audio2face_layout, Audio2FaceNetwork),
}
"""By the setting ``kind`` of the contract."""


def read_layout(contract: ModelContract) -> SpeechLayout:
    """Check a speech model's contract, and say what the model has.

    Raises:
        ContractError: the model is not one for speech, is of a kind unknown here, or does not say
            what its kind must.
    """
    return _kind_of(contract).read_layout(contract)


def open_network(session: Runner) -> SpeechNetwork:
    """The network of a loaded model.

    Raises:
        ContractError: as ``read_layout``.
    """
    return _kind_of(session.contract).open(session)


def _kind_of(contract: ModelContract) -> Kind:
    contract.require_task(TASK)
    kind = contract.settings.get("kind", _USUAL_KIND)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ContractError(
            f"model '{contract.name}' is of the kind {str(kind)[:60]!r}; this version knows "
            f"{', '.join(KINDS)}. Correct the setting 'kind', or update the extension"
        )
    return KINDS[kind]
