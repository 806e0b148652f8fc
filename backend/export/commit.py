"""Which commit made a model."""

from __future__ import annotations

import subprocess
from pathlib import Path


def current_commit() -> str:
    """Hash of the checked-out commit, or 'unknown' outside a repository."""
    here = Path(__file__).resolve().parent
    answer = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"
