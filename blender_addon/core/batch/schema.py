"""What may stand in a step: it follows from the options of the command that the step stands for.

A key is an option without its dashes. What an option takes follows from its argparse action, and
its range from ``declared``, which ``cli/common`` puts on the action of a setting.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, cast

from ..errors import SettingsError
from ..settings import Declared
from .problems import Unfit, listed, quoted, shown

OF_FILES: Final = frozenset({"help", "blend", "out", "overwrite", "log"})
"""Options that are no keys of a step: they belong to the job, or to the run."""
_MOST_ITEMS: Final = 1000
_PARTED: Final = re.compile(r"[A-Z/]+([:,])[A-Z/]+(?:\1[A-Z/]+)*")
_NEGATIVE: Final = re.compile(r"-\d+|-\d*\.\d+")


@dataclass(frozen=True)
class Option:
    """One key of a step.

    Args:
        key: as it is written in a jobs file.
        names: it and the other names of the same option.
        switch: as it is written on the command line.
        action: argparse's own.
    """

    key: str
    names: tuple[str, ...]
    switch: str
    action: argparse.Action

    @property
    def is_switch(self) -> bool:
        """Whether it is true or false rather than a value."""
        return self.action.nargs == 0

    @property
    def is_list(self) -> bool:
        """Whether it can be given more than once."""
        return isinstance(self.action, argparse._AppendAction)

    @property
    def count(self) -> int:
        """How many values it takes at a time."""
        return self.action.nargs if isinstance(self.action.nargs, int) else 1

    @property
    def parts(self) -> tuple[str, ...]:
        """Of a value made of several, such as A:B, what they are; empty for a plain value."""
        metavar = self.action.metavar
        found = _PARTED.fullmatch(metavar) if isinstance(metavar, str) else None
        return tuple(cast("str", metavar).split(found.group(1))) if found else ()

    @property
    def declared(self) -> Declared | None:
        """The setting that it stands for, if it does."""
        return cast("Declared | None", getattr(self.action, "declared", None))

    def arguments(self, value: Any) -> tuple[str, ...]:
        """The value as it would stand on the command line.

        Args:
            value: as it stands in a jobs file.

        Raises:
            Unfit: it is not what the option takes.
        """
        if self.is_switch:
            return self._switched(value)
        if self.count > 1:
            return self._several(value)
        return tuple(f"{self.switch}={self._text(each)}" for each in self._items(value))

    def _switched(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, bool):
            raise Unfit(f"{self.key} is {shown(value)}. Give true or false")
        gives = not isinstance(self.action, argparse._StoreFalseAction)
        if self.switch.startswith("--no-"):
            return () if value else (self.switch,)
        return (self.switch,) if value == gives or not gives else ()

    def _several(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) != self.count:
            raise Unfit(
                f"{self.key} is {shown(value)}. Give a list of {self.count}: {self._names()}"
            )
        texts = [_without_exponent(self._text(each), each) for each in value]
        for text in texts:
            if text.startswith("-") and not _NEGATIVE.fullmatch(text):
                raise Unfit(f"{self.key} cannot take {quoted(text)}, which begins with a dash")
        return (self.switch, *texts)

    def _names(self) -> str:
        metavar = self.action.metavar
        return ", ".join(metavar) if isinstance(metavar, tuple) else str(metavar or self.key)

    def _items(self, value: Any) -> Sequence[Any]:
        """One value, or each of a list; a table of NAME = W is a list of pairs."""
        if isinstance(value, dict) and self.parts[1:] == ("W",):
            value = [[name, weight] for name, weight in value.items()]
        elif not self.is_list or not isinstance(value, list) or self._is_one_of_parts(value):
            return [value]
        if not value:
            raise Unfit(f"{self.key} is an empty list. Give {self.expected()}, or leave it out")
        if len(value) > _MOST_ITEMS:
            raise Unfit(f"{self.key} has more than {_MOST_ITEMS} entries. Give fewer")
        return cast("Sequence[Any]", value)

    def _is_one_of_parts(self, value: list[Any]) -> bool:
        """Whether a list is one value of several parts, such as [3, 2.5]: it holds a number."""
        return len(value) == len(self.parts) and any(_is_number(each) for each in value)

    def _text(self, value: Any) -> str:
        text = self._parted(value) if isinstance(value, list) and self.parts else self._plain(value)
        if text == "--":
            raise Unfit(f'{self.key} is "--", which the command line cannot take. Give another')
        self._check(text)
        return text

    def _parted(self, value: list[Any]) -> str:
        separator = cast("str", self.action.metavar)[len(self.parts[0])]
        fits = len(value) == len(self.parts)
        if not fits or not all(isinstance(each, str) or _is_number(each) for each in value):
            raise Unfit(f"{self.key} holds {shown(value)}. Give {self.expected()}")
        return separator.join(str(each) for each in value)

    def _plain(self, value: Any) -> str:
        kind = self.action.type
        if kind is int and _is_number(value) and value == int(value):
            return str(int(value))
        takes_number = kind is float or (kind is not int and not self.wants_text)
        takes_text = kind not in (int, float)
        if (takes_number and _is_number(value)) or (takes_text and isinstance(value, str)):
            return str(value)
        raise Unfit(f"{self.key} is {shown(value)}. Give {self.expected()}")

    @property
    def wants_text(self) -> bool:
        """Whether it takes a text as it is, or as a path."""
        return self.action.type in (None, Path)

    def _check(self, text: str) -> None:
        """Let the option itself read it."""
        value = _read_by(self.action.type, text, self.key)
        if self.action.choices is not None and value not in self.action.choices:
            near = get_close_matches(text[:60], map(str, self.action.choices), 1)
            hint = f" Did you mean {quoted(near[0])}?" if near else ""
            raise Unfit(f"{self.key} is {quoted(text)}.{hint} Give {self.expected()}")
        if self.declared is None:
            return
        try:
            self.declared.check(value)
        except SettingsError as error:
            raise Unfit(f"{error}. Give a number within") from error

    def expected(self) -> str:
        """In words, what it takes."""
        if self.is_switch:
            return "true or false"
        if self.action.choices is not None:
            return f"one of {listed(map(str, self.action.choices))}"
        if self.parts:
            joined = cast("str", self.action.metavar)
            return f"a text such as {quoted(joined)}, or a list: {', '.join(self.parts)}"
        if self.wants_text:
            return "a text" + (" or a list of them" if self.is_list else "")
        return "a number" if self.action.type is float else "a whole number"


@dataclass(frozen=True)
class StepSchema:
    """What may stand in one kind of step.

    Args:
        command: of the command line.
        options: by every name they go by, in the order of the help.
        needs: groups of keys; one of each group must be given.
        excludes: groups of keys; only one of each may be given.
    """

    command: str
    options: Mapping[str, Option]
    needs: tuple[tuple[str, ...], ...] = ()
    excludes: tuple[tuple[str, ...], ...] = ()

    @property
    def keys(self) -> dict[str, Option]:
        """The options by their usual name alone."""
        return {each.key: each for each in self.options.values()}


def step_schema(command: str, parser: argparse.ArgumentParser) -> StepSchema:
    """What may stand in a step that stands for this command.

    Args:
        command: its name.
        parser: with its options; ``needs`` and ``excludes`` may hang at it (cli/common).
    """
    options: dict[str, Option] = {}
    needs: list[tuple[str, ...]] = []
    for action in parser._actions:  # argparse has no public way to list them
        switches = {each.lstrip("-") for each in action.option_strings}
        if not switches or switches & OF_FILES:
            continue
        option = _option(action)
        options |= dict.fromkeys(option.names, option)
        if action.required:
            needs.append((option.key,))
    needs.extend(_groups(parser, "needs", options))
    return StepSchema(command, options, tuple(needs), tuple(_groups(parser, "excludes", options)))


def _groups(
    parser: argparse.ArgumentParser, name: str, options: Mapping[str, Option]
) -> Iterable[tuple[str, ...]]:
    for group in getattr(parser, name, ()):
        yield tuple(options[key].key for key in group)


def _option(action: argparse.Action) -> Option:
    switches = [each for each in action.option_strings if each.startswith("--")]
    names = [_key(each) for each in switches]
    usual = "character" if "character" in names else names[0]
    return Option(usual, tuple(names), switches[names.index(usual)], action)


def _key(switch: str) -> str:
    return switch.removeprefix("--").removeprefix("no-").replace("-", "_")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _without_exponent(text: str, value: Any) -> str:
    """argparse takes "-1e-05" for an option where it stands alone."""
    return f"{value:.20f}" if isinstance(value, float) and "e" in text else text


def _read_by(
    kind: Callable[[str], Any] | argparse.FileType | str | None, text: str, key: str
) -> Any:
    """What argparse would make of a text."""
    if not callable(kind):
        return text
    try:
        return kind(text)
    except argparse.ArgumentTypeError as error:
        raise Unfit(f"{key}: {error}. Correct it") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise Unfit(f"{key} is {quoted(text)}, which cannot be read. Correct it") from error
