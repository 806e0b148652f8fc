"""Read a jobs file: what shots there are, and what to do in each, checked before anything runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from .allowed import Places, is_device, place_key, resolved
from .document import Document, read_document
from .entries import (
    PLAIN,
    Entry,
    Given,
    StepKeys,
    idle_keys,
    lacking,
    read_entry,
    steps_of,
)
from .job import Job, Step
from .problems import JobsFileError, Problem, Unfit, did_you_mean, quoted, shown
from .rna_path import parse_rna_path
from .schema import Option, StepSchema, step_schema
from .toml_lines import Path as KeyPath

FORMAT: Final = 1
MAX_JOBS: Final = 20_000
MAX_TIME_LIMIT_S: Final = 7 * 24 * 3600.0
MEDIA_KEYS: Final = ("sound", "partner_sound", "film")
STRIP: Final = "strip:"
"""In front of the name of a strip, where a sound or a film is asked for."""
CLIP: Final = "clip:"
"""In front of the name of a movie clip, where a film is asked for."""
SOUND_SUFFIXES: Final = frozenset(
    ".wav .flac .ogg .oga .opus .mp3 .m4a .aac .aif .aiff .wma .ac3 .mp2 .au .caf "
    ".mp4 .m4v .mov .mkv .avi .webm .mpg .mpeg .mts .wmv .ogv".split()
)
PICTURE_SUFFIXES: Final = frozenset(".png .jpg .jpeg .tif .tiff .exr .bmp .tga .webp .dpx".split())
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BACKUP: Final = re.compile(r"(?<=\.blend)\d+$")
"""What Blender adds to the name of an older version of a file."""
_TOP: Final = ("format", "templates", "job")
_JOB: Final = ("name", "template", "out", *PLAIN)


def read_jobs(
    path: Path,
    commands: Mapping[str, argparse.ArgumentParser],
    roots: Sequence[Path] = (),
    state: Path | None = None,
    only: Collection[str] | None = None,
) -> tuple[Job, ...]:
    """Read a jobs file and check all of it.

    Args:
        path: of the .toml or .json file.
        commands: the parser of each command that can be a step.
        roots: folders, besides the jobs file's own, in which files may lie.
        state: folder in which the state is kept; no output may lie there.
        only: names of the jobs whose files must be there now; None for all. That of another has
            gone does not keep these from being done.

    Returns:
        The jobs, in the order of the file.

    Raises:
        JobsFileError: something is wrong; it holds everything that is.
    """
    document = read_document(path)
    schemas = {name: step_schema(name, parser) for name, parser in commands.items()}
    try:
        places = Places.around(path, roots)
        kept = [resolved(path), *([] if state is None else [resolved(state)])]
    except Unfit as error:
        raise JobsFileError([Problem(0, str(error))]) from error
    return _Reader(document, schemas, places, None if only is None else frozenset(only)).read(kept)


class _Reader:
    def __init__(
        self,
        document: Document,
        schemas: Mapping[str, StepSchema],
        places: Places,
        only: frozenset[str] | None,
    ) -> None:
        self._document, self._schemas, self._only = document, schemas, only
        self._places = replace(places, looks=only is None)
        self._problems: list[Problem] = []
        self._templates: dict[str, Entry] = {}
        self._opened: dict[str, Given] = {}  # by place
        self._written: list[tuple[Path, Given]] = []

    def read(self, kept: Sequence[Path]) -> tuple[Job, ...]:
        values = self._document.values
        self._check_top(values)
        for name, table in self._tables(values.get("templates", {}), ("templates",)):
            self._templates[name] = self._entry(table, ("templates", name), PLAIN)
        self._check_templates()
        jobs = [each for number, table in self._listed() if (each := self._job(number, table))]
        self._check_names()
        self._check_outs(kept)
        if self._problems:
            raise JobsFileError(self._problems)
        return tuple(jobs)

    def _add(self, path: KeyPath, text: str) -> None:
        self._problems.append(Problem(self._document.line(path), text))

    def _check_top(self, values: Mapping[str, Any]) -> None:
        for key in values:
            if key not in _TOP:
                self._add((key,), f"the key {quoted(key)} is not known.{did_you_mean(key, _TOP)}")
        found = values.get("format")
        if found != FORMAT or isinstance(found, bool):
            what = f"format is {shown(found)}" if "format" in values else "format is missing"
            self._add(("format",), f"{what}. Write format = {FORMAT} at the beginning")

    def _tables(self, value: Any, path: KeyPath) -> Iterator[tuple[str, dict[str, Any]]]:
        if not isinstance(value, dict):
            self._add(path, f"{path[-1]} is {shown(value)}. Give tables, such as [templates.talk]")
            return
        for name, table in value.items():
            if isinstance(table, dict):
                yield name, table
            else:
                text = f"the template {quoted(name)} is {shown(table)}. Give a table"
                self._add((*path, name), text)

    def _listed(self) -> Iterator[tuple[int, dict[str, Any]]]:
        jobs = self._document.values.get("job")
        if not isinstance(jobs, list) or not jobs:
            what = f"job is {shown(jobs)}" if jobs is not None else "there are no jobs"
            self._add(("job",), f"{what}. Begin each with a line [[job]] (in JSON, a list)")
            return
        if len(jobs) > MAX_JOBS:
            text = f"there are {len(jobs)} jobs; {MAX_JOBS} is the most. Divide the file"
            self._add(("job",), text)
            return
        for number, table in enumerate(jobs):
            if isinstance(table, dict):
                yield number, table
            else:
                self._add(("job", number), f"a job is {shown(table)}. Give a table")

    def _entry(self, table: Mapping[str, Any], path: KeyPath, keys: Sequence[str]) -> Entry:
        entry = read_entry(table, path, keys, self._schemas)
        for each in entry.problems:
            self._add(*each)
        return entry

    def _check_templates(self) -> None:
        """Of those that no job uses, too: what they lack, a job may still say."""
        for template in self._templates.values():
            for keys in steps_of(template, None, self._schemas):
                self._step(keys)
            self._plain(template)

    def _job(self, number: int, table: Mapping[str, Any]) -> Job | None:
        before = len(self._problems)
        if self._only is not None:
            self._places = replace(self._places, looks=table.get("name") in self._only)
        entry = self._entry(table, ("job", number), _JOB)
        template = self._template(entry)
        steps = self._steps(entry, template)
        name, blend, out = self._name(entry), self._blend(entry, template), self._out(entry)
        plain = self._plain(template) | self._plain(entry) if template else self._plain(entry)
        overrides = {**self._overrides(template), **self._overrides(entry)}
        if len(self._problems) > before or not (blend and out):
            return None
        line = self._document.line(entry.path)
        return Job(name, blend, out, tuple(steps), overrides, line=line, **plain)

    def _template(self, entry: Entry) -> Entry | None:
        given = entry.given("template")
        if given is None:
            return None
        found = self._templates.get(given.value) if isinstance(given.value, str) else None
        if found is None:
            hint = did_you_mean(str(given.value), self._templates)
            named = given.value if isinstance(given.value, str) else shown(given.value)
            self._add(given.path, f"there is no template {quoted(named)}.{hint}")
        return found

    def _steps(self, entry: Entry, template: Entry | None) -> list[Step]:
        found = steps_of(entry, template, self._schemas)
        has_do = entry.steps is not None or (template is not None and template.steps is not None)
        if not has_do and not ("template" in entry.plain and template is None):
            self._add(entry.path, "the job says nothing to do. Give do, a list of steps")
        if found:
            for each in idle_keys(entry, found, self._schemas):
                self._add(*each)
        steps = []
        for keys in found:
            steps.append(self._step(keys))
            for text in lacking(keys, self._schemas[keys.step.command]):
                is_own = keys.step.path[:2] == entry.path
                self._add(keys.step.path if is_own else entry.path, text)
        return steps

    def _step(self, keys: StepKeys) -> Step:
        for each in keys.problems:
            self._add(*each)
        schema = self._schemas[keys.step.command]
        arguments: list[str] = []
        for key in (each for each in schema.keys if each in keys.chosen):
            given = keys.chosen[key]
            try:
                arguments.extend(self._arguments(schema, schema.options[key], given.value))
            except Unfit as error:
                self._add(given.path, f"{schema.command}: {error}")
        return Step(schema.command, tuple(arguments))

    def _arguments(self, schema: StepSchema, option: Option, value: Any) -> tuple[str, ...]:
        if option.key in MEDIA_KEYS and isinstance(value, str):
            if option.key == "film" and value.startswith(CLIP):
                return option.arguments(value)
            file = None if value.startswith(STRIP) else self._media_file(value)
            if file is not None:
                return option.arguments(str(file))
            name = value.removeprefix(STRIP)
            if not name:
                raise Unfit(f"{option.key} names no strip. Give its name after {quoted(STRIP)}")
            strip = schema.options.get("strip") if option.key == "sound" else None
            # With the mark, for a name alone might be taken for a file's, anywhere on the disk.
            return strip.arguments(name) if strip else option.arguments(f"{STRIP}{name}")
        if option.action.type is Path and isinstance(value, str):
            return option.arguments(str(self._places.file(value)))
        return option.arguments(value)

    def _media_file(self, text: str) -> Path | None:
        """An existing file; None for a plain name, which is that of a strip."""
        suffixes = SOUND_SUFFIXES | PICTURE_SUFFIXES
        is_file = any(each in text for each in "/\\") or Path(text).suffix.lower() in suffixes
        try:
            return self._places.file(text) if is_file else None
        except Unfit as error:
            strip = f". A strip of that name is written {quoted(STRIP + text)}"
            raise Unfit(f"{error}{strip if is_file and '/' not in text else ''}") from error

    def _name(self, entry: Entry) -> str:
        given = entry.given("name")
        if given is None:
            self._add(entry.path, 'the job has no name. Give one, such as name = "shot_010"')
            return ""
        is_fit = isinstance(given.value, str) and _NAME.fullmatch(given.value)
        if not is_fit or given.value.endswith("."):
            text = "Give letters A to Z, digits and . _ -, beginning with a letter or digit"
            self._add(given.path, f"name is {shown(given.value)}. {text}, 100 at most")
            return ""
        if is_device(given.value):  # its state is kept in files of this name
            self._add(
                given.path, f"{quoted(given.value)} is a device's name on Windows. Give another"
            )
        return str(given.value)

    def _blend(self, entry: Entry, template: Entry | None) -> Path | None:
        given = entry.given("blend") or (template.given("blend") if template else None)
        if given is None:
            self._add(entry.path, "the job has no blend. Give the .blend file to open")
            return None
        found = self._path(given, "blend", self._places.blend)
        if found is not None:
            self._opened.setdefault(place_key(found), given)
        return found

    def _out(self, entry: Entry) -> Path | None:
        given = entry.given("out")
        if given is None:
            self._add(entry.path, "the job has no out. Give the .blend file to write")
            return None
        found = self._path(given, "out", self._places.output)
        if found is not None:
            self._written.append((found, given))
        return found

    def _path(self, given: Given, key: str, find: Any) -> Path | None:
        if not isinstance(given.value, str):
            self._add(given.path, f"{key} is {shown(given.value)}. Give a file's path")
            return None
        try:
            found: Path = find(given.value)
        except Unfit as error:
            self._add(given.path, f"{key}: {error}")
            return None
        return found

    def _plain(self, entry: Entry) -> dict[str, Any]:
        """The keys that are a value of the job as they are."""
        found: dict[str, Any] = {}
        given = entry.given("overwrite")
        if given is not None:
            found["overwrite"] = given.value
            if not isinstance(given.value, bool):
                text = f"overwrite is {shown(given.value)}. Give true or false"
                self._add(given.path, text)
        given = entry.given("time_limit")
        if given is not None:
            found["time_limit_s"] = given.value
            is_number = isinstance(given.value, int | float) and not isinstance(given.value, bool)
            if not is_number or not 0 < given.value <= MAX_TIME_LIMIT_S:
                text = f"Give seconds, above 0 and up to {MAX_TIME_LIMIT_S:g}"
                self._add(given.path, f"time_limit is {shown(given.value)}. {text}")
        return found

    def _overrides(self, entry: Entry | None) -> dict[str, Any]:
        given = entry.given("overrides") if entry else None
        if given is None:
            return {}
        if not isinstance(given.value, dict):
            text = "Give a table of paths with their values"
            self._add(given.path, f"overrides is {shown(given.value)}. {text}")
            return {}
        for key, value in given.value.items():
            try:
                parse_rna_path(key)
                _check_override(value)
            except Unfit as error:
                self._add((*given.path, key), f"overrides: {error}")
        return dict(given.value)

    def _check_outs(self, kept: Sequence[Path]) -> None:
        """Each writes a file of its own, that nothing else needs."""
        outs: dict[str, Given] = {}
        backed_up = {_BACKUP.sub("", each) for each in self._opened if _BACKUP.search(each)}
        for out, given in self._written:
            key = place_key(out)
            if key in self._opened:
                line = self._document.line(self._opened[key].path)
                text = f"out is the file that is opened in line {line}, which is never written"
                self._add(given.path, f"{text}. Give another file")
            if key in backed_up:
                text = "out would push aside a file that is opened: Blender keeps older versions as"
                self._add(given.path, f"{text} .blend1 and so on. Give another file")
            if outs.setdefault(key, given) is not given:
                line = self._document.line(outs[key].path)
                text = f"out is the same file as in line {line}"
                self._add(given.path, f"{text}. Give each job a file of its own")
            if any(out.is_relative_to(each) for each in kept):
                text = "out lies where the batch keeps its own files. Give another place"
                self._add(given.path, text)

    def _check_names(self) -> None:
        """Names count as the same on file systems that take upper case for lower."""
        first: dict[str, KeyPath] = {}
        jobs = self._document.values.get("job")
        for number, each in enumerate(jobs if isinstance(jobs, list) else []):
            name = each.get("name") if isinstance(each, dict) else None
            if not isinstance(name, str):
                continue
            path: KeyPath = ("job", number, "name")
            line = self._document.line(first.setdefault(name.casefold(), path))
            if first[name.casefold()] != path:
                text = f"the name {quoted(name)} is that of the job in line {line}, too"
                self._add(path, f"{text} (upper and lower case count as the same). Give another")


def _check_override(value: Any) -> None:
    if value == []:
        raise Unfit("the value is an empty list. Give numbers in it")
    items = value if isinstance(value, list) else [value]
    is_list = isinstance(value, list)
    numbers = all(isinstance(each, int | float) for each in items)  # booleans are, too
    if not numbers and (is_list or not isinstance(value, str)):
        raise Unfit(
            f"the value is {shown(value)}. Give a number, true, a text or a list of numbers"
        )
