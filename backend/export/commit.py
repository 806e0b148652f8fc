"""Which commit made a model."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from typing import Final

from backend.processes import run_limited

ROOT: Final = Path(__file__).resolve().parents[2]
UNKNOWN: Final = "unknown"
_CODE: Final = ("backend", "blender_addon")

_logger = logging.getLogger(__name__)


def current_commit(root: Path = ROOT) -> str:
    """Hash of the checked-out commit, with ``-dirty`` where the code differs from it.

    Where git or the repository is missing it is 'unknown', and a warning says why.

    Args:
        root: of the repository. Only its code counts: models and notes change with every export.
    """
    try:
        commit = _git(root, "rev-parse", "HEAD").strip()
        changed = _git(root, "status", "--porcelain", "--", *_CODE).splitlines()
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        _logger.warning("the commit is recorded as '%s': %s", UNKNOWN, reason.strip())
        return UNKNOWN
    if not changed:
        return commit
    _logger.warning("the code differs from commit %s in %d files", commit[:12], len(changed))
    return f"{commit}-dirty"


def _git(root: Path, *arguments: str) -> str:
    done = run_limited(["git", *arguments], 300, cwd=root)
    done.check_returncode()
    return done.stdout
