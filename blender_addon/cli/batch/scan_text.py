"""The text of a jobs file that was made from shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...core.batch.jobs_file import FORMAT
from ...core.batch.toml_text import toml_comment, toml_line, toml_value

_TEMPLATE: Final = "shot"
_HEAD: Final = """\
# Made from a folder of shots: look through it before it runs. What each key means, and which others
# there are, is shown by: blender -b --command neural_motion jobs example"""


@dataclass(frozen=True)
class Shot:
    """One shot as it was found.

    Args:
        name: of the job.
        blend, out: as the jobs file names them.
        character: its name; empty for an unknown one.
        sound: as the jobs file names it; empty for none.
        steps: what to do, each a command with its settings.
        unclear: why that is not known; empty for a job that can be done.
    """

    name: str
    blend: str
    out: str
    character: str = ""
    sound: str = ""
    steps: Sequence[Mapping[str, Any]] = ()
    unclear: str = ""


def jobs_text(shots: Sequence[Shot]) -> str:
    """A jobs file.

    Args:
        shots: in order; what most of them have in common becomes a template.
    """
    clear = [each for each in shots if not each.unclear]
    character = _most_common(toml_value(each.character) for each in clear)
    do = _most_common(toml_value(each.steps) for each in clear)
    parts = [
        _HEAD,
        toml_line("format", FORMAT),
    ]
    if clear:
        parts.append(f"[templates.{_TEMPLATE}]\ncharacter = {character}\ndo = {do}")
    parts.extend(_job(each, character, do) for each in shots)
    return "\n\n".join(parts) + "\n"


def _most_common(texts: Iterable[str]) -> str:
    return next((text for text, _ in Counter(texts).most_common(1)), "")


def _job(shot: Shot, character: str, do: str) -> str:
    lines = ["[[job]]", toml_line("name", shot.name)]
    if not shot.unclear:
        lines.append(toml_line("template", _TEMPLATE))
    lines += [toml_line("blend", shot.blend), toml_line("out", shot.out)]
    if shot.character and (shot.unclear or toml_value(shot.character) != character):
        lines.append(toml_line("character", shot.character))
    if shot.sound:
        lines.append(toml_line("sound", shot.sound))
    if shot.steps and toml_value(shot.steps) != do:
        lines.append(toml_line("do", shot.steps))
    text = "\n".join(lines)
    return toml_comment(f"{shot.unclear}:\n{text}") if shot.unclear else text
