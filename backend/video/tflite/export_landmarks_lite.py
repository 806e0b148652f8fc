"""``export video --model landmarks_lite``."""

from __future__ import annotations

from .export import export_command
from .networks import LANDMARKS_LITE

command = export_command(LANDMARKS_LITE)
