"""``python -m backend evaluate editing``: every edit against its baselines, on held-out motion."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from backend.mocap.corpora.own_clips import find_own_clips, read_own_clip
from backend.mocap.recordings import Recording, load_recordings, prepare_recordings, read_clips
from blender_addon.core.errors import InputError, NeuralMotionError

from .evaluation import PARTS, PARTS_OF, Evaluation, Unmeasured, measures
from .networks import PRIOR
from .prepare import PREPARED
from .report import DEFINITIONS, print_results

ROOT: Final = Path(__file__).resolve().parents[2]
MODELS: Final = ROOT / "onnx_models"
MOCAP: Final = ROOT.parent / "shared" / "data" / "mocap"
"""Where recordings are looked for when none were prepared."""
_OBJECTS: Final = ("loop", "connect")

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="Only this.")
@click.option("--model", type=click.Choice(list(PARTS_OF)), help="Only what this network does.")
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=MODELS,
    show_default=True,
    help="Folder of the networks.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="What prepare wrote, or a folder of recordings, which is then prepared first.",
)
@click.option(
    "--clips",
    type=click.Path(path_type=Path, file_okay=False),
    help="Judge by this folder of BVH files instead: any skeleton with legs, unit and rate.",
)
@click.option(
    "--lafan1",
    type=click.Path(path_type=Path),
    help="LAFAN1's benchmark, on your copy of the data: its folder or zip. Nothing else.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw motions before and after their edits into this folder.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def command(
    json_path: Path | None,
    parts: tuple[str, ...],
    model: str | None,
    models: Path,
    data: Path | None,
    clips: Path | None,
    lafan1: Path | None,
    pictures: Path | None,
    seed: int,
) -> None:
    """Measure every edit of motion, and the baselines beside it."""
    started = time.perf_counter()
    if lafan1 is not None:
        if clips or parts or model or pictures or data:
            raise click.UsageError("--lafan1 measures nothing else; give it with --models alone")
        results, failed = _measure_lafan1(lafan1, models), list[str]()
    else:
        evaluation = _open(models, data, clips, seed)
        parts += PARTS_OF[model] if model else ()
        results, failed = evaluate(evaluation, parts)
        if pictures is not None:
            from .shown import draw_edits  # draws with matplotlib

            draw_edits(evaluation, pictures)
            _draw_prior(evaluation, parts, pictures)
    print_results(results)
    results |= {"definitions": DEFINITIONS, "seconds": round(time.perf_counter() - started, 1)}
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")
    if failed:
        raise InputError(f"could not be measured: {', '.join(failed)}; what is wrong is said above")


def _draw_prior(evaluation: Evaluation, parts: Collection[str], folder: Path) -> None:
    """Samples of the generative models and the map, where they are measured."""
    if not evaluation.foreign and (not parts or set(parts) & set(PARTS_OF[PRIOR])):
        from .prior.pictures import draw_all

        draw_all(evaluation, folder)


def evaluate(
    evaluation: Evaluation, parts: Collection[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """Measure the parts, one after the other.

    Args:
        evaluation: what is judged.
        parts: of which one is desired; empty for all.

    Returns:
        What was measured by key, None where it could not be, with the reasons in
        ``not_measured``; and the keys of what failed.

    Raises:
        InputError: there is no such part.
    """
    chosen = list(measures(parts))
    if not chosen:
        raise InputError(f"nothing measures {', '.join(parts) or 'anything'} here")
    results, failed, reasons = dict[str, Any](), list[str](), dict[str, str]()
    for number, (key, measure) in enumerate(chosen, start=1):
        started = time.perf_counter()
        try:
            results[key] = finite(_as_one(key, measure(evaluation)), key)
        except Unmeasured as reason:
            _log.info("%s is not measured: %s", key, reason)
            results[key], reasons[key] = None, str(reason)
        except NeuralMotionError as error:
            _log.error("%s cannot be measured: %s", key, error)
            results[key], reasons[key] = None, str(error)
            failed.append(key)
        took = time.perf_counter() - started
        _log.info("%s measured in %.1f s (%d of %d)", key, took, number, len(chosen))
    return (results | {"not_measured": reasons} if reasons else results), failed


def _as_one(key: str, value: Any) -> Any:
    """Of keys that are objects in the JSON: the row of all, those of each label in ``rows``."""
    if key not in _OBJECTS or not isinstance(value, list) or not value:
        return value
    return {**value[0], "rows": value[1:]}


def finite(value: Any, name: str) -> Any:
    """What was measured in a form that JSON has; what is no number is None, and said.

    Args:
        value: of dicts, lists, numbers and texts.
        name: of the measure.
    """
    if isinstance(value, Mapping):
        return {str(key): finite(each, f"{name}.{key}") for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each, f"{name}[{n}]") for n, each in enumerate(value)]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        _log.warning("%s is %s", name, value)
        return None
    return value


def _open(models: Path, data: Path | None, clips: Path | None, seed: int) -> Evaluation:
    recordings = recordings_at(data)
    train, val = (tuple(r for r in recordings if r.split == split) for split in ("train", "val"))
    evaluation = Evaluation(models, train, val, seed)
    if clips is None:
        return evaluation
    own = read_clips(find_own_clips(clips), read=read_own_clip)
    minutes = sum(each.clip.duration_s for each in own) / 60.0
    _log.info("judged by %d clips, %.1f minutes, of %s", len(own), minutes, clips)
    return replace(evaluation, val=tuple(own), foreign=True)


def recordings_at(data: Path | None) -> list[Recording]:
    """What was prepared, or what is prepared now of a folder of recordings.

    Args:
        data: the file, or a folder; None for what was prepared last, or, if nothing was, the
            recordings beside the repository.

    Raises:
        InputError: there are none.
    """
    if data is None:
        data = PREPARED if PREPARED.is_file() or not MOCAP.is_dir() else MOCAP
    if not data.is_dir():
        return load_recordings(data)
    _log.info("preparing the recordings of %s in %s", data, PREPARED)
    return prepare_recordings(data, PREPARED)


def _measure_lafan1(place: Path, models: Path) -> dict[str, Any]:
    from .lafan1.evaluate import measure_lafan1
    from .lafan1.ours import open_filler

    return {"lafan1": finite(measure_lafan1(place, open_filler(models)), "lafan1")}
