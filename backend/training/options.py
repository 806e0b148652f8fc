"""A ``train`` command whose options follow from the fields of its configuration.

What can be set is declared once, as a field of a dataclass: type, default and meaning. A field of a
nested dataclass becomes an option with the outer field's name before its own, as in
``--shape-hidden``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

NO_ABLATION = "none"


def setting(
    default: Any,
    meaning: str,
    *,
    least: float | None = None,
    most: float | None = None,
    may_change: bool = False,
) -> Any:
    """A dataclass field that knows what it means.

    Args:
        default: its value.
        meaning: help of its option.
        least, most: what the command line accepts, these included.
        may_change: a run may be resumed with another value.
    """
    about = {"meaning": meaning, "least": least, "most": most, "may_change": may_change}
    return field(default=default, metadata=about)


def about(config_type: type, name: str) -> Mapping[str, Any]:
    """What ``setting`` was told of a field, here or where a subclass took it from.

    Raises:
        TypeError: nothing was.
    """
    for base in config_type.__mro__:
        declared = base.__dict__.get("__dataclass_fields__", {}).get(name)
        if declared is not None and "meaning" in declared.metadata:
            return declared.metadata
    raise TypeError(f"{config_type.__name__}.{name} has no meaning; declare it with setting()")


def may_change(config_type: type) -> set[str]:
    """Fields with which a run may be resumed differently."""
    flat = [each for each in fields(config_type) if not _is_nested(config_type, each)]
    return {each.name for each in flat if about(config_type, each.name)["may_change"]}


def training_command(
    config_type: type,
    *,
    data: Path,
    run: Path,
    ablations: Mapping[str, Mapping[str, Any]] | None = None,
    without: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], click.Command]:
    """Turn ``function(data, run, config, ...)`` into a command with an option for every field.

    Args:
        config_type: a dataclass of ``setting`` fields.
        data, run: defaults of the folders of prepared data and of the run.
        ablations: by name, the fields each of them changes. Every one of them trains in a folder
            of its own, the run's with the name after it.
        without: fields that are no options.
    """
    ablations = ablations or {}

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def with_config(run: Path, ablation: str = NO_ABLATION, **given: Any) -> None:
            config = _build(config_type, given, without)
            if ablation != NO_ABLATION:
                config = replace(config, **ablations[ablation])
                run = run.with_name(f"{run.name}-{ablation}")
            function(run=run, config=config, **given)

        options = [
            _folder("--data", data, "What prepare wrote."),
            _folder("--run", run, "Checkpoints, weights and curves; an ablation adds its name."),
            *_options(config_type, without),
        ]
        if ablations:
            choice = click.Choice([NO_ABLATION, *ablations])
            told = "Train without it, in a folder of its own."
            options.append(click.option("--ablation", type=choice, default=NO_ABLATION, help=told))
        for option in reversed(options):
            option(with_config)
        return click.command(context_settings={"show_default": True})(with_config)

    return decorate


def _folder(option: str, default: Path, told: str) -> Callable[..., Any]:
    return click.option(option, type=click.Path(path_type=Path), default=default, help=told)


def _is_nested(config_type: type, each: Field[Any]) -> bool:
    return is_dataclass(get_type_hints(config_type)[each.name])


def _options(
    config_type: type, without: tuple[str, ...] = (), prefix: str = ""
) -> Iterator[Callable[..., Any]]:
    """An option for every field, and for those of nested dataclasses."""
    hints, defaults = get_type_hints(config_type), config_type()
    for each in fields(config_type):
        hint = hints[each.name]
        if each.name in without:
            continue
        if _is_nested(config_type, each):
            yield from _options(hint, prefix=f"{prefix}{each.name}_")
            continue
        told, flag = about(config_type, each.name), f"{prefix}{each.name}".replace("_", "-")
        names = f"--{flag}/--no-{flag}" if hint is bool else f"--{flag}"
        yield click.option(
            names,
            f"{prefix}{each.name}",
            default=getattr(defaults, each.name),
            help=told["meaning"],
            **_click_type(hint, told),
        )


def _click_type(hint: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """How click is to read a value of this type."""
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        return {"type": click.Choice(inner)}
    if get_origin(hint) is tuple and inner[-1] is Ellipsis:
        return {"multiple": True, **_click_type(inner[0], told)}
    if get_origin(hint) is tuple:
        return {"type": inner}
    ranges = {int: click.IntRange, float: click.FloatRange}
    if hint in ranges:
        return {"type": ranges[hint](told["least"], told["most"])}
    return {} if hint is bool else {"type": hint}


def _build(
    config_type: type, given: dict[str, Any], without: tuple[str, ...] = (), prefix: str = ""
) -> Any:
    """A configuration from the options given, which are taken out of ``given``."""
    values = {}
    for each in fields(config_type):
        if each.name in without:
            continue
        if _is_nested(config_type, each):
            hint = get_type_hints(config_type)[each.name]
            values[each.name] = _build(hint, given, prefix=f"{prefix}{each.name}_")
        else:
            values[each.name] = given.pop(f"{prefix}{each.name}")
    return config_type(**values)
