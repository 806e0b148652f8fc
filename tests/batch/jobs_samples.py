"""Small jobs files and a command to go with them, without Blender."""

from __future__ import annotations

import argparse
from pathlib import Path

from blender_addon.core.batch.job import Job
from blender_addon.core.batch.jobs_file import read_jobs
from blender_addon.core.batch.problems import JobsFileError
from blender_addon.core.settings import Seeded, declared

HEAD = "format = 1\n"


def pair(text):
    """Two numbers."""
    parts = [float(each) for each in text.split(":")]
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"expected two numbers; found '{text}'")
    return tuple(parts)


def weight(text):
    """A name and a number."""
    name, _, number = text.rpartition(":")
    return name, float(number)


def make_parsers() -> dict[str, argparse.ArgumentParser]:
    """Two commands, with an option of each kind."""
    walk = argparse.ArgumentParser(prog="walk")
    add = walk.add_argument
    add("--rig", "--character", action="append", required=True)
    add("--path", action="append")
    add("--stand", type=float)
    add("--terrain")
    add("--speed", type=float, default=1.3)
    add("--speed-at", type=pair, action="append", default=[], metavar="M:M/S")
    add("--limits", nargs=3, type=float, metavar=("SIDE", "UP", "DOWN"))
    add("--names", nargs=2, metavar=("LEFT", "RIGHT"))
    add("--legs", choices=("ik", "fk"), default="ik")
    add("--no-fingers", dest="fingers", action="store_false")
    add("--mirror", action="store_true")
    add("--colour", metavar="R,G,B")
    add("--style", type=weight, action="append", default=[], metavar="NAME:W")
    action = add("--seed", type=int, default=0)
    vars(action)["declared"] = declared(Seeded)[0]
    vars(walk)["needs"] = vars(walk)["excludes"] = [("path", "stand")]
    speech = argparse.ArgumentParser(prog="speech")
    add = speech.add_argument
    add("--character", "--rig", required=True)
    add("--sound")
    add("--strip")
    add("--channels", type=Path)
    add("--seed", type=int, default=0)
    vars(speech)["needs"] = vars(speech)["excludes"] = [("sound", "strip")]
    for parser in (walk, speech):
        add = parser.add_argument
        add("--blend", type=Path)
        add("--out", type=Path)
        add("--overwrite", action="store_true")
    return {"walk": walk, "speech": speech}


def make_files(folder: Path, *names: str) -> None:
    """Files by their names: .blend files, sounds and others, that begin like one."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"BLENDER" if path.suffix.startswith(".blend") else b"RIFF")


def read_text(folder: Path, text: str, commands=None, **more) -> tuple[Job, ...]:
    """What a jobs file in a folder says; some shots and sounds are there."""
    make_files(folder, "shots/1.blend", "shots/2.blend", "shots/9.blend1", "sound/1.wav")
    path = folder / "jobs.toml"
    path.write_text(text, encoding="utf-8")
    return read_jobs(path, commands or make_parsers(), **more)


def problems_in(folder: Path, text: str, **more) -> list[str]:
    """What is wrong with it, a line each."""
    try:
        read_text(folder, text, **more)
    except JobsFileError as error:
        return str(error).splitlines()
    return []


def job(steps: str = 'do = [{ walk = { rig = "Anna", stand = 1 } }]', **more: str) -> str:
    """One job; further keys as they are written."""
    lines = {"name": '"a"', "blend": '"shots/1.blend"', "out": '"out/a.blend"', **more}
    given = "".join(f"{key} = {value}\n" for key, value in lines.items() if value)
    return f"[[job]]\n{given}{steps}\n"
