"""``jobs example``: a jobs file with every key there is, made from the commands' own options."""

from __future__ import annotations

import argparse
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from ...core.batch.samples import is_usual, sample_of
from ...core.batch.schema import Option, StepSchema, step_schema
from ...core.batch.toml_text import toml_line

_WIDTH: Final = 98
_HEAD: Final = """\
# Jobs of Neural Motion: one [[job]] a shot. Check this file with
#   blender -b --command neural_motion run FILE --dry-run
# and let it be done with
#   blender -b --command neural_motion run FILE
# Paths begin at this file's folder and stay within it, or within a folder allowed with --root.
format = 1

# What several jobs have in common. It can hold whatever a job can, but no name and no out; a job's
# own words count more.
[templates.talk]
character = "Anna"
provider = "CPU"
# What to do, in this order. Each step is a command with its settings.
do = [{ speech = { expression = { happy = 0.3 } } }, { gesture = { energy = 1.2 } }]

[[job]]
name = "shot_010"               # unique; letters A to Z, digits and . _ -
template = "talk"
blend = "shots/010.blend"       # the file to open; it is never written
out = "out/010.blend"           # the file to write; a folder that is missing here is made
overwrite = false               # true: an out of an earlier run may go
time_limit = 600                # seconds, after which the job is given up
# These hold for every step that has them: character, path, terrain, sound, partner, partner_sound,
# frame, seed, provider, model, keys. A sound is a file, or "strip:" and the name of a sound strip.
sound = "sound/010.wav"
# Values to set in the opened file first, by path: numbers, true or false, texts, lists of numbers.
overrides = { 'scenes["Scene"].frame_end' = 240, 'objects["Lamp"].location' = [0, 0, 2] }
# Settings for the step of the template of this name, which count more than those there.
gesture = { size = 1.1 }
"""


def example_toml(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """A jobs file with comments: what a job can hold, then one job with every key of each step.

    Args:
        parsers: of each command.
    """
    parts = [_HEAD.rstrip()]
    for number, (command, parser) in enumerate(parsers.items(), 2):
        parts.append(_job(f"{number:02}0", step_schema(command, parser)))
    return "\n\n".join(parts)


def example_json(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """The same without comments, and without what is commented out."""
    return json.dumps(tomllib.loads(example_toml(parsers)), indent=2, ensure_ascii=False)


def _job(number: str, schema: StepSchema) -> str:
    lines = [
        f"# Every key of {schema.command}, with what holds where it is not given. What is",
        "# commented out does nothing unless it is given.",
        "[[job]]",
        toml_line("name", f"shot_{number}"),
        toml_line("blend", f"shots/{number}.blend"),
        toml_line("out", f"out/{number}.blend"),
        toml_line("do", [schema.command]),
        f"[job.{schema.command}]",
    ]
    given: set[str] = set()
    for option in schema.keys.values():
        lines.extend(_key(option, schema, given))
    return "\n".join(lines)


def _key(option: Option, schema: StepSchema, given: set[str]) -> Iterator[str]:
    """A comment on a key, and the key; commented out where it is not given."""
    line = toml_line(option.key, sample_of(option))
    if _is_given(option, schema, given):
        given.add(option.key)
    else:
        line = f"# {line}"
    yield from textwrap.wrap(_help(option), _WIDTH, initial_indent="# ", subsequent_indent="#   ")
    yield line


def _is_given(option: Option, schema: StepSchema, given: set[str]) -> bool:
    if any(option.key in group and given & set(group) for group in schema.excludes):
        return False
    needed = any(option.key in group and not given & set(group) for group in schema.needs)
    return needed or is_usual(option)


def _help(option: Option) -> str:
    """The option's help, with its keys as a jobs file writes them."""
    values = {**vars(option.action), "prog": ""}
    text = (option.action.help or option.key.replace("_", " ")) % values
    text = re.sub(r"--(?:no-)?([a-z][a-z-]*)", lambda found: found[1].replace("-", "_"), text)
    text = text.removeprefix("switches off: ").partition("; with a minus write")[0]
    if option.action.choices is not None:
        text += ": " + ", ".join(map(str, option.action.choices))
    others = [name for name in option.names if name != option.key]
    return f"{text}; also called {', '.join(others)}" if others else text
