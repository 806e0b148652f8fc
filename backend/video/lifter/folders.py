"""Where the lifter's training finds and leaves its files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RECORDINGS: Final = Path(".build/video/recordings.npz")
RUN: Final = Path(".build/runs/pose_lifter")
