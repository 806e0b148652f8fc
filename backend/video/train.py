"""``train video``: the network that lifts points in a picture into space."""

from __future__ import annotations

from .lifter.train import command

__all__ = ["command"]
