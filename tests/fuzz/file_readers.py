"""Presets handed on as files, arrays beside a model, and jobs files; the rest is in ``readers``."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.batch.job import Job, Step
from blender_addon.core.batch.jobs_file import read_jobs
from blender_addon.core.batch.resume import Wishes, changed_input, decide
from blender_addon.core.batch.state import JobState, Record, StateFolder
from blender_addon.core.inference.arrays import ArrayFile
from blender_addon.core.preset_file import from_file_text
from tests.fuzz.mutations import change, mutate_bytes, mutate_json, mutate_text, say
from tests.fuzz.trying import Reader, Rng

ODD_PATHS = (
    "..", "../x.blend", "../../etc/passwd", "/etc/passwd", "/tmp/x.blend", "a/../../b.blend",
    "leads_out/x.blend", "leads_out", "a.blend", "./a.blend", "shots/../a.blend", "ring.blend",
    "C:\\x.blend", "\\\\host\\x.blend", "//a.blend", "nul", "con.blend", "a\0.blend",
    "\udcff.blend", "~/x.blend", "$HOME/x.blend", "file:///etc/passwd", "x" * 300 + ".blend",
    "x/" * 600 + "y.blend",
    "out/\n.blend", "voice.wav", "strip:Voice", "strip:", "out.blend ", "OUT.BLEND", "out/..", "",
)  # fmt: skip


def file_readers(folder: Path) -> dict[str, Reader]:
    """Those that need no Blender."""
    return {"arrays": _arrays(), "preset file": _presets(), "batch state": _state(folder)}


def _arrays() -> Reader:
    plain = io.BytesIO()
    held = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.arange(4),
        "t": np.array(["one", "two"]), "h": np.ones((2, 2), np.float16, order="F"),
    }  # fmt: skip
    np.savez(plain, **held)
    data = plain.getvalue()

    def make(rng: Rng) -> bytes:
        if rng.random() < 0.4:
            return mutate_bytes(rng, data, len(data))
        packed = io.BytesIO()
        how = zipfile.ZIP_DEFLATED if rng.random() < 0.5 else zipfile.ZIP_STORED
        with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(packed, "w", how) as made:
            for name in whole.namelist():
                part = whole.read(name)
                made.writestr(name, mutate_bytes(rng, part, 128) if rng.random() < 0.6 else part)
        return packed.getvalue()

    def read(content: bytes) -> object:
        with ArrayFile(Path("fuzz.npz"), content) as file:
            return [
                file.texts("t"), file.integers("n", (None,)), file.floats("a", (None, 3)),
                file.floats("h", (2, 2)),
            ]  # fmt: skip

    return Reader(make, read, 0.05)


def _presets() -> Reader:
    holds = {"hips": "Hips", "rows": [{"a": 1.5, "b": [True, None]}], "format": 1}
    document = {"neural_motion_preset": "joints", "version": 1, "name": "Ann", "holds": holds}

    def read(content: str) -> object:
        name, text = from_file_text(content, "joints", "fuzz.json")
        return name.encode(), json.loads(text)

    return Reader(lambda rng: mutate_json(rng, document), read, 0.05)


def _state(folder: Path) -> Reader:
    """Read, gone by and written again, as a batch does."""
    out, state = folder / "state.blend", StateFolder(folder / "state")
    out.write_bytes(b"BLENDER")
    job = Job("shot", folder / "in.blend", out, (Step("walk", ("--path", "Path")),))
    done = Record(
        "shot", job.digest, JobState.DONE, 2, str(out), True, 7, "ab" * 32, (1, 2), 1.5, None,
        ("a warning",), ("a note",), ({"frames": 3},),
    )  # fmt: skip
    document = {"format": 1, **asdict(done), "state": "moving"}
    wishes = [Wishes(bool(n & 1), bool(n & 2)) for n in range(4)]

    def read(content: str) -> object:
        (state.path / "shot.json").write_bytes(content.encode("utf-8", "surrogatepass"))
        record, damage = state.read("shot")
        if record is None:
            return damage
        state.write(record)
        again = state.read("shot")[0]
        assert again is not None
        told = changed_input(job, record)
        return [decide(job, record, each, meanwhile=True) for each in wishes], told

    return Reader(lambda rng: mutate_json(rng, document), read, 0.04)


# Jobs files, whose commands need Blender ---------------------------------------------------------

TALK = {
    "character": "Anna", "provider": "CPU",
    "do": [{"speech": {"expression": {"smile": 0.3}}}, {"gaze": {"target": "Ball"}}],
}  # fmt: skip
JOBS: dict[str, Any] = {
    "format": 1,
    "templates": {"talk": TALK},
    "job": [
        {
            "name": "shot_010", "template": "talk", "blend": "a.blend", "out": "out/010.blend",
            "sound": "voice.wav", "time_limit": 600, "overwrite": False, "gaze": {"seed": 3},
            "overrides": {'scenes["Scene"].frame_end': 240, 'objects["Lamp"].location': [0, 0, 2]},
        },
        {
            "name": "shot_020", "blend": "a.blend", "out": "out/020.blend",
            "do": [{"walk": {"character": "Anna", "path": "Path", "speed_at": ["3:2.5"],
                             "speed": 1.4, "fingers": False, "stop_at": [[2, 1]]}}],
        },
    ],
}  # fmt: skip
_COMMENTED = (
    '# Of a night\nformat = 1\n\n[templates.talk]\ncharacter = "Anna"\n'
    'do = [{ speech = { expression = { smile = 0.3 } } }, { gaze = { target = "Ball" } }]\n\n'
    '[[job]]\nname = "one"\ntemplate = "talk"\nblend = "a.blend"\nout = "out/1.blend"\n'
    'sound = "voice.wav"\ngaze = { liveliness = 1.5 }\n\n[[job]]\nname = "two"\n'
    'blend = "a.blend"\nout = "out/2.blend"\n'
    """overrides = { 'scenes["Scene"].frame_end' = 20 }\n"""
    'do = [{ walk = { character = "Anna", path = "Path", seed = 1 } }]\n'
)


def jobs_readers(folder: Path, parsers: dict[str, Any]) -> dict[str, Reader]:
    """Of jobs files in a folder of their own, from which links lead out and round."""
    inside = folder / "jobs"
    inside.mkdir()
    (folder / "outside").mkdir()
    (inside / "a.blend").write_bytes(b"BLENDER-v405")
    (inside / "voice.wav").write_bytes(b"RIFF")
    (inside / "leads_out").symlink_to(folder / "outside")
    (inside / "ring.blend").symlink_to(inside / "ring.blend")

    def read_as(suffix: str, content: str) -> tuple[Job, ...]:
        path = inside / f"fuzz{suffix}"
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        jobs = read_jobs(path, parsers)
        for job in jobs:
            within = all(each.resolve().is_relative_to(inside) for each in (job.blend, job.out))
            if not within or job.blend == job.out or job.out.suffix != ".blend" or not job.digest:
                raise AssertionError(f"{job} is let through")
        return jobs

    for suffix, text in VALID.items():
        assert len(read_as(suffix, text)) == 2  # so what is changed is what is refused
    return {
        "jobs file (JSON)": Reader(
            lambda rng: mutate_json(rng, _odd_paths(rng)),
            lambda content: read_as(".json", content),
            0.06,
        ),
        "jobs file (TOML)": Reader(_make_toml, lambda content: read_as(".toml", content), 0.08),
    }


VALID = {".json": json.dumps(JOBS), ".toml": _COMMENTED}


def _make_toml(rng: Rng) -> str:
    if rng.random() < 0.4:
        return mutate_text(rng, _COMMENTED)
    changed = change(rng, _odd_paths(rng))
    text = say(to_toml(changed))
    return mutate_text(rng, text) if rng.random() < 0.15 else text


def _odd_paths(rng: Rng) -> dict[str, Any]:
    """The jobs, in half of all tries with a file that nobody should name."""
    jobs = json.loads(json.dumps(JOBS))
    if rng.random() < 0.5:
        key = str(rng.choice(["blend", "out", "sound"]))
        jobs["job"][int(rng.integers(2))][key] = ODD_PATHS[int(rng.integers(len(ODD_PATHS)))]
    return jobs


def to_toml(value: Any) -> str:
    """A table as lines, all within it on one line each; what TOML has no word for as it comes."""
    if not isinstance(value, dict):
        return _on_one_line(value)
    return "".join(f"{json.dumps(key)} = {_on_one_line(each)}\n" for key, each in value.items())


def _on_one_line(value: Any) -> str:
    if isinstance(value, dict):
        inside = (f"{json.dumps(key)} = {_on_one_line(each)}" for key, each in value.items())
        return f"{{ {', '.join(inside)} }}"
    if isinstance(value, list):
        return f"[{', '.join(_on_one_line(each) for each in value)}]"
    return json.dumps(value)
