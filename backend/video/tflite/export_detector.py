"""``export video --model detector``."""

from __future__ import annotations

from .export import export_command
from .networks import DETECTOR

command = export_command(DETECTOR)
