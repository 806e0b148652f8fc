"""Many shots in a row: how long they take, what a process keeps of them, and an hour of speech.

The real command on real files, with Blender's own start in it: ``python -m backend.batch``.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import NEEDS_BPY, BenchSetting
from backend.processes import run_limited
from blender_addon.core.sound.waveform import WavSound

ROOT: Final = Path(__file__).resolve().parents[2]
WALKS: Final = 100
PROCESSES: Final = 2
JOBS: Final = 200
SPEAKS_EVERY: Final = 5
"""Of the jobs that show what a process keeps: the others walk."""
HOUR_S: Final = 3600
SETTLED: Final = 10
"""Jobs after which every model is loaded, and nothing should be kept any more."""
LAST: Final = 20
_SOUNDS: Final = ROOT / "backend" / "demos" / "sounds"
_VOICES: Final = ("natural.wav", "sentence.wav", "dialogue_first.wav", "dialogue_second.wav")
_LIMIT_S: Final = 3600.0
_SCENE, _PERSON, _PATH, _SHORT = "shot.blend", "Speaker", "Path", "Short"


@dataclass(frozen=True)
class Took:
    """What running a command took.

    Args:
        wall_s: seconds on the clock.
        cpu_s: seconds of all cores, of all its processes.
        told: the lines of its standard output.
    """

    wall_s: float
    cpu_s: float
    told: list[str]

    def describe(self) -> str:
        """In a few words, for a note."""
        return f"{self.cpu_s:.0f} s of the processor"


def measure_batch(setting: BenchSetting) -> Figures:
    """All of it; in short, to see whether it runs, with a tenth of the jobs and a minute."""
    share = 10 if setting.is_short else 1
    return Figures(
        {
            Section.BATCH: lambda: _rows(
                setting, WALKS // share, JOBS // share, HOUR_S // (60 if setting.is_short else 1)
            )
        }
    )


def _rows(setting: BenchSetting, walks: int, jobs: int, speech_s: int) -> list[Row]:
    titles = {
        "batch_100_walks_s": f"{walks} walks of 10 s by {PROCESSES} processes, from start to end",
        "batch_worker_growth": f"memory of a process after {jobs} jobs over that after {SETTLED}",
        "speech_hour_s": f"{speech_s} s of speech in one job, reduced keys",
        "speech_hour_mb": "  its peak memory",
        "speech_hour_every_mb": "  and with a key on every frame",
    }
    if not setting.has_blender:
        return [Row(key, title, None, "", note=NEEDS_BPY) for key, title in titles.items()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_program("backend.batch.bench_scene", str(folder / _SCENE), _PERSON, _PATH, _SHORT)
        values = {
            **_walks(folder, walks), **_growth(folder, jobs), **_speech(folder, speech_s)
        }  # fmt: skip
    targets = {
        "batch_100_walks_s": 60.0, "batch_worker_growth": 1.05, "speech_hour_s": 90.0,
        "speech_hour_mb": 1000.0,
    }  # fmt: skip
    units = {"s": "s", "mb": "MB"}
    return [
        Row(key, title, values[key][0], units.get(key.rpartition("_")[2], "×"), targets.get(key),
            note=values[key][1])
        for key, title in titles.items()
    ]  # fmt: skip


def _walks(folder: Path, count: int) -> dict[str, tuple[float, str]]:
    """Seconds of so many walks of about ten seconds, each with a seed of its own."""
    template = {"do": [{"walk": {"character": _PERSON, "path": _PATH}}]}
    jobs = write_jobs(
        folder / "walks.json", template, ({"walk": {"seed": n}} for n in range(count))
    )
    took = run_program("backend.batch", str(jobs), "--jobs", str(PROCESSES), "--log", "json")
    check_done(took.told, count)
    return {"batch_100_walks_s": (took.wall_s, took.describe())}


def _growth(folder: Path, count: int) -> dict[str, tuple[float, str]]:
    """Memory after the last of many jobs over that after the first; short walks, some speech."""
    walk = {"do": [{"walk": {"character": _PERSON, "path": _SHORT}}]}
    each = (
        {"do": [{"speech": {"character": _PERSON, "sound": _another_voice(folder, n)}}]}
        if n % SPEAKS_EVERY == 0
        else {**walk, "walk": {"seed": n}}
        for n in range(count)
    )
    jobs = write_jobs(folder / "many.json", {}, each)
    facts = _work(jobs, count)
    memory = facts["memory_mb"]
    last = float(np.median(memory[-LAST:]))
    before = memory[min(SETTLED, len(memory)) - 1]
    note = f"{before:.0f} to {last:.0f} MB; walks of 2 m, and every {SPEAKS_EVERY}th job speaks"
    return {"batch_worker_growth": (last / before, note)}


def _another_voice(folder: Path, number: int) -> str:
    """A sound that no other job has: half a minute, beginning elsewhere."""
    return str(write_voice(folder / f"voice_{number:03d}.wav", 30, start_s=0.1 * number))


def _speech(folder: Path, seconds: int) -> dict[str, tuple[float, str]]:
    """An hour of speech: seconds and peak memory of the process, once for each density of keys."""
    sound = str(write_voice(folder / "hour.wav", seconds))
    found = {}
    for keys in ("reduced", "every"):
        speech = {"character": _PERSON, "sound": sound, "keys": keys}
        jobs = write_jobs(folder / f"{keys}.json", {"do": [{"speech": speech}]}, [{}])
        found[keys] = _work(jobs, 1)
    reduced, every = found["reduced"], found["every"]
    kept = "Blender keeps 72 bytes for a key, and again for a key it evaluates"
    return {
        "speech_hour_s": (
            reduced["seconds"],
            f"{reduced['cpu_s']:.0f} s of the processor; every frame {every['seconds']:.0f} s",
        ),
        "speech_hour_mb": (reduced["peak_mb"], "of the whole process, Blender's own start in it"),
        "speech_hour_every_mb": (every["peak_mb"], kept),
    }


def _work(jobs: Path, count: int) -> dict[str, Any]:
    """Jobs in one process, and what that says of itself."""
    took = run_program("backend.batch.bench_worker", str(jobs))
    check_done(took.told, count)
    facts: dict[str, Any] = json.loads(took.told[-1])
    return facts


def write_jobs(path: Path, template: dict[str, Any], jobs: Iterable[dict[str, Any]]) -> Path:
    """A jobs file of shots that are all made from the scene that lies beside it.

    Args:
        path: of the file; outputs go to a folder of its name.
        template: what every job does.
        jobs: what each has of its own.
    """
    out = path.with_suffix("")
    out.mkdir()
    rows = [
        {"name": f"shot_{n:03d}", "template": "all", "out": f"{out.name}/{n:03d}.blend", **each}
        for n, each in enumerate(jobs)
    ]
    shared = {"blend": _SCENE, **template}
    text = json.dumps({"format": 1, "templates": {"all": shared}, "job": rows})
    path.write_text(text, "utf-8")
    return path


def write_voice(path: Path, seconds: int, start_s: float = 0.0) -> Path:
    """A WAV of that length: people talk, one recording after the other, over and over."""
    sounds = [WavSound(_SOUNDS / name) for name in _VOICES]
    rate = sounds[0].sample_rate_hz
    once = np.concatenate([each.read(0, int(each.duration_s * rate)) for each in sounds])
    pcm = np.round(32767 * np.clip(once, -1.0, 1.0)).astype("<i2")
    pcm = np.roll(pcm, -round(start_s * rate))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for at in range(0, seconds * rate, len(pcm)):
            file.writeframesraw(pcm[: seconds * rate - at].tobytes())
    return path


def run_program(module: str, *arguments: str) -> Took:
    """Run a module in a process of its own.

    Raises:
        RuntimeError: it failed; with the last of what it told.
    """
    before, started = _cpu_of_children(), time.perf_counter()
    done = run_limited([sys.executable, "-m", module, *arguments], _LIMIT_S, cwd=ROOT)
    wall_s, cpu_s = time.perf_counter() - started, _cpu_of_children() - before
    if done.returncode not in (0, 3):  # 3: with warnings
        told = (done.stdout + done.stderr)[-2000:]
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{told}")
    return Took(wall_s, cpu_s, [line for line in done.stdout.splitlines() if line[:1] == "{"])


def check_done(told: Sequence[str], count: int) -> None:
    """Check that so many jobs were done.

    Raises:
        RuntimeError: others, or fewer.
    """
    ended = [each for each in map(json.loads, told) if each.get("event") == "job"]
    done = [each for each in ended if each["state"] in ("done", "warned")]
    if len(done) != count:
        raise RuntimeError(f"{len(done)} of {count} jobs were done: {ended[-1:]}")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
