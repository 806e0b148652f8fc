"""``export video --model landmarks_full``."""

from __future__ import annotations

from .export import export_command
from .networks import LANDMARKS_FULL

command = export_command(LANDMARKS_FULL)
