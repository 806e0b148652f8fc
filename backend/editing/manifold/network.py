"""The networks of the 2016 paper: a convolutional autoencoder and the stack that controls it.

Source: Holden, Saito, Komura 2016, ACM TOG 35(4):138. Section 5: encoder
Φ(X) = ReLU(Ψ(X ∗ W0 + b0)), decoder Φ†(H) = (Ψ†(H) − b0) ∗ W̃0 with W̃0 the transpose of W0, Ψ
pooling by its maximum over two frames. Section 6: control from a trajectory with contacts,
Π(T) = ReLU(Ψ(ReLU(ReLU(T ∗ W1 + b1) ∗ W2 + b2) ∗ W3 + b3)).
Ours take and give features in their units: the normalisation is inside.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, conv_transpose1d, max_pool1d

from blender_addon.core.editing.manifold.control import CONTROL_LAYOUT
from blender_addon.core.editing.manifold.features import LAYOUT, POOL

WIDTH = 25
HIDDEN = 256
_PAD = WIDTH // 2
_FIRST, _SECOND = 64, 128
_WIDTHS = (45, 25, 15)


class Manifold(nn.Module):
    """The autoencoder.

    Args:
        hidden: units of its one layer.
        dropout: share of the input that is set to its mean while it learns.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, hidden: int = HIDDEN, dropout: float = 0.2) -> None:
        super().__init__()
        self.dropout = dropout
        size = LAYOUT.size
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        bound = (6.0 / (size * WIDTH + hidden * WIDTH)) ** 0.5
        self.weight = nn.Parameter(torch.empty(hidden, size, WIDTH).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(hidden))

    def standard(self, motion: Tensor) -> Tensor:
        """Features (B, T, F) as (B, F, T) without unit."""
        return ((motion - self.mean) / self.scale).transpose(1, 2)

    def physical(self, standard: Tensor) -> Tensor:
        """The way back."""
        return standard.transpose(1, 2) * self.scale + self.mean

    def encode(self, standard: Tensor) -> Tensor:
        """(B, F, T) to hidden units (B, H, T / 2)."""
        found = conv1d(standard, self.weight, self.bias, padding=_PAD)
        return max_pool1d(torch.relu(found), POOL)

    def decode(self, hidden: Tensor) -> Tensor:
        """Hidden units (B, H, T / 2) to (B, F, T).

        A unit goes to one of its two frames at random while learning, else half to each.
        """
        spread = hidden.repeat_interleave(POOL, dim=-1)
        if self.training:
            first = torch.rand_like(hidden) < 0.5
            chosen = torch.stack((first, ~first), dim=-1).flatten(-2)
            spread = spread * chosen
        else:
            spread = spread / POOL
        return conv_transpose1d(spread - self.bias[:, None], self.weight, padding=_PAD)

    def forward(self, standard: Tensor) -> tuple[Tensor, Tensor]:
        """Corrupted (B, F, T) made whole, and the hidden units."""
        hidden = self.encode(nn.functional.dropout(standard, self.dropout, self.training))
        return self.decode(hidden), hidden


class Encoder(nn.Module):
    """Features (B, T, F) to hidden units (B, T / 2, H): what is exported."""

    def __init__(self, manifold: Manifold) -> None:
        super().__init__()
        self.manifold = manifold

    def forward(self, motion: Tensor) -> Tensor:
        """Encode."""
        return self.manifold.encode(self.manifold.standard(motion)).transpose(1, 2)


class Decoder(nn.Module):
    """Hidden units (B, T / 2, H) to features (B, T, F): what is exported."""

    def __init__(self, manifold: Manifold) -> None:
        super().__init__()
        self.manifold = manifold

    def forward(self, hidden: Tensor) -> Tensor:
        """Decode."""
        return self.manifold.physical(self.manifold.decode(hidden.transpose(1, 2)))


class Gradient(nn.Module):
    """The decoder's vector–Jacobian product: a loss's gradient by features to that by hidden units.

    The decoder is linear in the hidden units, so their values do not matter.
    """

    def __init__(self, manifold: Manifold) -> None:
        super().__init__()
        self.manifold = manifold

    def forward(self, cotangent: Tensor) -> Tensor:
        """(B, T, F) to (B, T / 2, H)."""
        manifold = self.manifold
        by_standard = (cotangent * manifold.scale).transpose(1, 2)
        by_spread = conv1d(by_standard, manifold.weight, padding=_PAD)
        return nn.functional.avg_pool1d(by_spread, POOL).transpose(1, 2)


class Control(nn.Module):
    """From a trajectory with contacts (B, T, 7) to hidden units (B, T / 2, H).

    Args:
        hidden: units of the manifold.
        dropout: share of inputs of each layer left out while it learns.
    """

    scale: Tensor

    def __init__(self, hidden: int = HIDDEN, dropout: float = 0.2) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(CONTROL_LAYOUT.size))
        sizes = (CONTROL_LAYOUT.size, _FIRST, _SECOND, hidden)
        self.layers = nn.ModuleList(
            nn.Conv1d(given, made, width, padding=width // 2)
            for given, made, width in zip(sizes[:-1], sizes[1:], _WIDTHS, strict=True)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, trajectory: Tensor) -> Tensor:
        """Control."""
        x = (trajectory / self.scale).transpose(1, 2)
        for layer in self.layers:
            x = torch.relu(layer(self.dropout(x)))
        return max_pool1d(x, POOL).transpose(1, 2)
