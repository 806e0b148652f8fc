"""Why onnxruntime does not load, in words that help.

Most often a library of the system that it needs is missing or too old, which the loader tells in
words of its own.
"""

from __future__ import annotations

import sys
from typing import Final

from ..errors import shortened

IMPORT_FAILURES: Final = (ImportError, OSError, AttributeError, RuntimeError, SystemError)
"""What an import raises that meets a missing library, an empty folder or another NumPy."""
REDISTRIBUTABLE: Final = "https://aka.ms/vs/17/release/vc_redist.x64.exe"
_PAGE: Final = "See Troubleshooting in the manual, 'The library of the networks does not load'"


def explain_import_failure(error: BaseException, system: str = sys.platform) -> str:
    """What was found and what to install.

    Args:
        error: what ``import onnxruntime`` raised.
        system: as ``sys.platform`` calls it.
    """
    found = " ".join(shortened(error).split())
    if isinstance(error, ModuleNotFoundError) and error.name == "onnxruntime":
        return (
            f"onnxruntime cannot be imported ({error}); it is needed to run any model; install "
            "the extension from its zip, or 'pip install onnxruntime' outside Blender"
        )
    cure = _cure(error, system)
    return f"onnxruntime, which runs the networks, cannot be loaded: {found}. {cure}. {_PAGE}"


def _cure(error: BaseException, system: str) -> str:
    text = str(error).lower()
    if "numpy" in text or "multiarray" in text:
        return (
            "Another NumPy lies before Blender's own: remove it from the folder of the user's "
            "Python packages, and start Blender again"
        )
    if isinstance(error, AttributeError) or "cannot import name" in text:
        return "It is not complete: close Blender, and install the extension again"
    if system == "win32":
        return (
            "A library of Windows is missing or too old: install the Microsoft Visual C++ "
            f"Redistributable (x64) from {REDISTRIBUTABLE}, and start Blender again"
        )
    if system == "darwin":
        return "It needs macOS 14 or newer on Apple silicon"
    if "glibc" in text or "version `" in text:
        return "This Linux is too old: glibc 2.28 or newer is needed"
    return "A library of the system is missing: install the one that is named"
