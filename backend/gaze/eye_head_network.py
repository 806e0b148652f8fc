"""The eye–head network: a recurrent one at 60 Hz, the whole of it on this page.

It says what gaze still lacks of the desired direction and what turn the head adds; the eye takes
the rest of what the features want. So a network that says nothing already holds gaze on its target
on a moving head, and what is learned is the trajectory of shifts and the head's part.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.gaze.eye_head_features import INPUT_LAYOUT

CELLS = ("gru", "lstm")
_DESIRED = INPUT_LAYOUT.slices["wanted_rad"]
_OUTPUT_UNIT_RAD = 0.1  # six degrees: outputs of the last layer are of order one


class EyeHeadNetwork(nn.Module):
    """GRU or LSTM over frames, its state handed in and out.

    Args:
        cell: gru or lstm; the state of an LSTM holds its hidden and cell values side by side.
        hidden: units in a layer.
        layers: one above the other.
    """

    def __init__(self, cell: str = "gru", hidden: int = 48, layers: int = 1) -> None:
        super().__init__()
        self.cell, self.hidden, self.layers = cell, hidden, layers
        make = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.recurrent = make(INPUT_LAYOUT.size, hidden, layers, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.ELU(), nn.Linear(hidden, 4))
        self.register_buffer("input_scale", torch.ones(INPUT_LAYOUT.size))

    @property
    def state_size(self) -> int:
        """Width of the state."""
        return self.hidden * (2 if self.cell == "lstm" else 1)

    def first_state(self, batch: int) -> Tensor:
        """(L, B, S) of a character whose gaze has rested."""
        return self.input_scale.new_zeros(self.layers, batch, self.state_size)

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, F) and (L, B, S) to eye and head (B, T, 4) in radians, and the next state."""
        scaled = features * self.input_scale
        if self.cell == "lstm":
            parts = state[..., : self.hidden], state[..., self.hidden :]
            parts = parts[0].contiguous(), parts[1].contiguous()
            values, following = self.recurrent(scaled, parts)
            next_state = torch.cat(following, -1)
        else:
            values, next_state = self.recurrent(scaled, state)
        return self.read_out(features, values), next_state

    def read_out(self, features: Tensor, values: Tensor) -> Tensor:
        """(B, T, F) and what the recurrent layers make of them (B, T, H) to eye and head."""
        said = _OUTPUT_UNIT_RAD * self.head(values)
        unreached, offset = said[..., :2], said[..., 2:]
        eye = features[..., _DESIRED] - unreached - offset
        return torch.cat((eye, offset), -1)
