"""A job with what its template says: which words hold for which step.

From the least to the most: the template's shared keys, its steps in ``do``, its own tables of a
command; then the same three of the job. So a job's own words always count more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .problems import Unfit, did_you_mean, listed, quoted, shown
from .schema import StepSchema
from .toml_lines import Path as KeyPath

SHARED: Final = (
    "character", "path", "terrain", "sound", "partner", "partner_sound", "frame", "seed",
    "provider", "model", "keys",
)  # fmt: skip
"""Keys of a job that hold for every step that has such an option."""
PLAIN: Final = ("blend", "overwrite", "time_limit", "overrides")
"""Keys that a job and a template have besides steps."""


@dataclass(frozen=True)
class Given:
    """A value of the file, and where it stands."""

    value: Any
    path: KeyPath


@dataclass(frozen=True)
class WrittenStep:
    """One element of ``do``: a command and the keys that stand with it."""

    command: str
    keys: Mapping[str, Given]
    path: KeyPath


@dataclass
class Entry:
    """What a job or a template says, sorted.

    Args:
        path: of its table.
        plain: name, blend and the like.
        shared: keys that hold for all steps.
        own: keys for the steps of a command.
        steps: of ``do``; None where there is none.
        problems: what does not belong there.
    """

    path: KeyPath
    plain: dict[str, Given] = field(default_factory=dict)
    shared: dict[str, Given] = field(default_factory=dict)
    own: dict[str, dict[str, Given]] = field(default_factory=dict)
    steps: list[WrittenStep] | None = None
    problems: list[tuple[KeyPath, str]] = field(default_factory=list)

    def given(self, key: str) -> Given | None:
        """A plain key, if it is there."""
        return self.plain.get(key)


def read_entry(
    table: Mapping[str, Any],
    path: KeyPath,
    keys: Collection[str],
    commands: Mapping[str, StepSchema],
) -> Entry:
    """Sort what a job or a template says.

    Args:
        table: as it stands in the file.
        path: of it.
        keys: plain ones that may stand there, besides ``do``, the shared ones and commands.
        commands: those of which there may be steps, and what each takes.
    """
    entry = Entry(path)
    for key, value in table.items():
        given = Given(value, (*path, key))
        if key in commands and isinstance(value, dict):
            entry.own[key] = {name: Given(each, (*path, key, name)) for name, each in value.items()}
        elif key in SHARED:
            entry.shared[key] = given
        elif key == "do":
            entry.steps = list(_steps(given, commands, entry.problems))
        elif key in keys:
            entry.plain[key] = given
        elif key in commands:
            text = f"{key} is {shown(value)}. Give a table, such as {{ seed = 1 }}"
            entry.problems.append((given.path, text))
        else:
            hint = _whose(key, commands) or did_you_mean(key, [*keys, "do", *SHARED, *commands])
            entry.problems.append((given.path, f"the key {quoted(key)} is not known.{hint}"))
    return entry


def _whose(key: str, schemas: Mapping[str, StepSchema]) -> str:
    """A hint at the step whose setting stands where only settings of all steps may."""
    owners = [name for name, schema in schemas.items() if key in schema.options]
    if not owners:
        return ""
    return f" It is a setting of {' and '.join(owners)}: write {owners[0]} = {{ {key} = … }}"


def _steps(
    given: Given, commands: Collection[str], problems: list[tuple[KeyPath, str]]
) -> Iterator[WrittenStep]:
    if not isinstance(given.value, list) or not given.value:
        text = f"do is {shown(given.value)}. Give a list of steps, such as [{{ speech = {{}} }}]"
        problems.append((given.path, text))
        return
    for number, each in enumerate(given.value):
        try:
            yield _step(each, (*given.path, number), commands)
        except Unfit as error:
            problems.append(((*given.path, number), str(error)))


def _step(value: Any, path: KeyPath, commands: Collection[str]) -> WrittenStep:
    if isinstance(value, str):
        value = {value: {}}
    if not isinstance(value, dict) or len(value) != 1:
        found = listed(value) if isinstance(value, dict) and value else shown(value)
        raise Unfit(
            f"a step is {found}. Give one command with its settings, such as "
            '{ walk = { path = "Path" } }, and each further step as a table of its own'
        )
    command, keys = next(iter(value.items()))
    if command not in commands:
        raise Unfit(f"there is no step {quoted(command)}.{did_you_mean(command, commands)}")
    if not isinstance(keys, dict):
        raise Unfit(f"{command} is {shown(keys)}. Give a table of its settings, such as {{}}")
    given = {name: Given(each, (*path, command, name)) for name, each in keys.items()}
    return WrittenStep(command, given, path)


@dataclass
class StepKeys:
    """All that holds for one step, and what is wrong with it.

    Args:
        step: as it is written.
        chosen: what counts, by the option's usual key.
        problems: keys that there are not.
    """

    step: WrittenStep
    chosen: dict[str, Given] = field(default_factory=dict)
    problems: list[tuple[KeyPath, str]] = field(default_factory=list)

    def add(self, schema: StepSchema, keys: Mapping[str, Given], *, shared: bool = False) -> None:
        """Let further words count more than those so far.

        Args:
            schema: of the step.
            keys: by any name of an option.
            shared: keys that the step has not are no mistake.
        """
        said: dict[str, str] = {}
        for name, given in keys.items():
            option = schema.options.get(name)
            if option is None:
                if not shared:
                    hint = did_you_mean(name, schema.options)
                    text = f"{schema.command} has no key {quoted(name)}.{hint}"
                    self.problems.append((given.path, text))
                continue
            if option.key in said:
                text = f"{quoted(name)} and {quoted(said[option.key])} are the same. Give one"
                self.problems.append((given.path, text))
            said[option.key] = name
        self._choose(schema, {key: keys[name] for key, name in said.items()})

    def _choose(self, schema: StepSchema, keys: Mapping[str, Given]) -> None:
        for group in schema.excludes:
            if any(key in keys for key in group):
                for key in group:
                    self.chosen.pop(key, None)
        self.chosen.update(keys)


def steps_of(
    job: Entry, template: Entry | None, schemas: Mapping[str, StepSchema]
) -> list[StepKeys]:
    """The steps of a job, each with all the words that hold for it.

    Args:
        job: its own words.
        template: those of its template.
        schemas: by command.
    """
    written = job.steps if job.steps is not None or template is None else template.steps
    is_own = job.steps is not None
    found = []
    for step in written or []:
        schema, keys = schemas[step.command], StepKeys(step)
        for entry in (template, job):
            if entry is None:
                continue
            keys.add(schema, entry.shared, shared=True)
            if (entry is job) == is_own:
                keys.add(schema, step.keys)
            keys.add(schema, entry.own.get(step.command, {}))
        found.append(keys)
    return found


def idle_keys(
    entry: Entry, steps: list[StepKeys], schemas: Mapping[str, StepSchema]
) -> Iterator[tuple[KeyPath, str]]:
    """What a job says that no step of it heeds.

    Args:
        entry: the job's own words.
        steps: all of its steps.
        schemas: by command.
    """
    commands = {each.step.command for each in steps}
    for command in entry.own:
        if command not in commands:
            yield (
                (*entry.path, command),
                f"these settings of {command} belong to no step: add {{ {command} = {{}} }} to do",
            )
    for key, given in entry.shared.items():
        if not any(key in schemas[command].options for command in commands):
            yield given.path, f"no step of this job has the key {quoted(key)}. Take it out"


def lacking(keys: StepKeys, schema: StepSchema) -> Iterator[str]:
    """What a step needs and is not given, or is given of what excludes one another."""
    for group in schema.needs:
        if not any(key in keys.chosen for key in group):
            what = " or ".join(quoted(key) for key in group)
            yield f"{schema.command} needs {what}. Give it to the step, or to the job"
    for group in schema.excludes:
        both = [key for key in group if key in keys.chosen]
        if len(both) > 1:
            yield f"{schema.command} takes one of {listed(both)}. Give one only"
