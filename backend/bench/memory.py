"""Peak memory of a process; run what is measured in one of its own, so that nothing else counts."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Largest memory this process had.

    Linux counts in ``ru_maxrss`` what the process was forked from as well; its status does not.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return float(line.split()[1]) / 1e3
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def megabytes() -> float:
    """What this process has in memory now; its peak where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return peak_megabytes()
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return float(line.split()[1]) / 1e3
