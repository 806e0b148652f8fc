"""One command on one file: open, generate, save."""

from __future__ import annotations

import argparse
from dataclasses import replace

from ..core.jobs import Progress
from .files import open_blend, output_file, save_blend
from .report import Report


def work_on_file(chosen: argparse.Namespace) -> Report:
    """Open the file, let the command generate in it, and save it.

    Args:
        chosen: the command's options, and its ``generate``.

    Raises:
        NeuralMotionError: something cannot be used; no file has changed.
    """
    told = open_blend(chosen.blend)
    target = output_file(chosen.out, overwrite=chosen.overwrite)
    report: Report = chosen.generate(chosen, Progress())
    save_blend(target, overwrite=chosen.overwrite)
    text = f"{report.text}; saved as {target}"
    return replace(report, text=text, told=(*told, *report.told))
