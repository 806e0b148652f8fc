"""What the demos share: a report, files that appear complete or not at all, the command line."""

from __future__ import annotations

import time

STARTED_S = time.perf_counter()  # before the slow imports

import argparse  # noqa: E402 - the clock starts first
import json  # noqa: E402
import logging  # noqa: E402
import shutil  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from dataclasses import asdict  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Final  # noqa: E402

from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.jobs import Outcome  # noqa: E402

MADE_BY: Final = "Neural Motion demo"

_logger = logging.getLogger(__name__)


def make_files(
    out: Path, files: Sequence[str], make: Callable[[Path], dict[str, Any]]
) -> dict[str, Any]:
    """Let a demo make its files in a folder beside, then move them to their place.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        files: their names, the report (JSON) first.
        make: writes all but the report into the folder it is given, and returns the report.

    Returns:
        The report as written.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
    """
    out.mkdir(parents=True, exist_ok=True)
    _check_free(out, files)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=out) as folder:
        report = {"made_by": MADE_BY, **make(Path(folder))}
        report["seconds"] = round(seconds_since_start(), 2)
        text = json.dumps(report, indent=2, ensure_ascii=False)
        (Path(folder) / files[0]).write_text(text + "\n", encoding="utf-8")
        for name in files:
            shutil.move(Path(folder) / name, out / name)
    return report


def _check_free(out: Path, files: Sequence[str]) -> None:
    """Refuse to write over files that the demo did not make."""
    present = [name for name in files if (out / name).exists()]
    if present and not _is_ours(out / files[0]):
        raise InputError(
            f"{', '.join(present)} in {out} was not made by this demo and would be lost. "
            "Move it away or give another folder with --out"
        )


def _is_ours(file: Path) -> bool:
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("made_by") == MADE_BY


def about_run(outcome: Outcome[Any]) -> dict[str, Any]:
    """What a report says of the models that ran."""
    return {
        "provider": outcome.providers,
        "models": [asdict(model) for model in outcome.models],
        "generate_s": round(outcome.compute_s, 3),
    }


def seconds_since_start() -> float:
    """Since the first import of a demo."""
    return time.perf_counter() - STARTED_S


def tell(message: str, *values: object) -> None:
    """One line of progress with the time so far."""
    _logger.info("%5.1f s  " + message, seconds_since_start(), *values)


def parser(name: str, summary: str) -> argparse.ArgumentParser:
    """Command line of a demo: where its files go, and where models lie."""
    made = argparse.ArgumentParser(prog=f"demo {name}", description=summary)
    made.add_argument("--out", type=Path, default=Path("out"), metavar="DIR")
    made.add_argument("--models", type=Path, metavar="DIR", help="folder with other models")
    return made
