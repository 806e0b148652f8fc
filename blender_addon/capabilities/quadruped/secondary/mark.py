"""By what the layer of tail and ears is known."""

from __future__ import annotations

from typing import Final

LAYER: Final = "secondary"
