"""What an answer of a worker means for each of the jobs it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from backend.farm.guard import NOT_STARTED, SIGNALLED, TOO_LONG

DONE, WARNED, FAILED, SKIPPED = "done", "warned", "failed", "skipped"
STATES: Final = (DONE, WARNED, FAILED, SKIPPED)
REPORTED: Final = (0, 1, 2, 3)
"""Exit codes of a program that came to an end of its own."""


@dataclass(frozen=True)
class Outcome:
    """What became of some jobs.

    Args:
        ends: the events that end them, by name.
        crashed: those that were being done when their program broke off, and why.
        untouched: those that it had not come to.
    """

    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)
    untouched: tuple[str, ...] = ()


def outcome(
    names: Sequence[str], answer: Mapping[str, Any], heard: Mapping[str, dict[str, Any]]
) -> Outcome:
    """Judge an answer of ``remote.work``.

    Args:
        names: the jobs of the task, in their order.
        answer: what came back.
        heard: ends that were told on the way, by name: of a worker that died before its answer,
            they are all there is.

    Returns:
        Where the program ended of its own, an end for every job.
    """
    told = {event["job"]: event for event in answer["events"]}
    ends = {
        name: _end_of(told[name], heard.get(name), name in answer["again"])
        for name in names
        if name in told
    }
    missing = [name for name in names if name not in ends]
    missing.sort(key=lambda name: name != answer["at"])  # a run need not go in the file's order
    if not answer["seen"]:
        reason = f"{answer['host']} does not see the jobs file as it was handed out"
        return Outcome(crashed=dict.fromkeys(missing, reason))
    code = answer["code"]
    if code == TOO_LONG and missing:
        late, *rest = missing
        limit = "it went on past its time limit and was ended"
        return Outcome({**ends, late: failure(late, limit)}, untouched=tuple(rest))
    if code in (*REPORTED, NOT_STARTED):
        reason = _last_line(answer["text"]) or f"its program ended with code {code}, saying nothing"
        return Outcome({**ends, **{name: failure(name, reason) for name in missing}})
    crashed, untouched = dict.fromkeys(missing[:1], _broken_off(answer)), tuple(missing[1:])
    return Outcome(ends, crashed, untouched)


def failure(name: str, reason: str) -> dict[str, Any]:
    """The end of a job that its program did not tell itself."""
    return {
        "event": "job", "job": name, "state": FAILED, "out": None, "steps": [], "warnings": [],
        "notes": [], "error": reason, "attempt": 1, "seconds": 0.0,
    }  # fmt: skip


def exit_code(ends: Iterable[Mapping[str, Any]]) -> int:
    """Of the whole: 1 where a job failed, 3 where one has warnings, from now or before; else 0."""
    found = [(event["state"], bool(event["warnings"])) for event in ends]
    if any(state == FAILED for state, _ in found):
        return 1
    return 3 if any(state == WARNED or warns for state, warns in found) else 0


def _end_of(told: dict[str, Any], heard: dict[str, Any] | None, again: bool) -> dict[str, Any]:
    """What a second attempt skips was done by a first one, whose worker died before it answered."""
    if told["state"] != SKIPPED or not (heard or again):
        return told
    return heard or {**told, "state": WARNED if told["warnings"] else DONE}


def _broken_off(answer: Mapping[str, Any]) -> str:
    code, last = answer["code"], _last_line(answer["text"])
    how = f"signal {code - SIGNALLED}" if SIGNALLED < code < 2 * SIGNALLED else f"code {code}"
    return f"its program on {answer['host']} broke off with {how}" + (f": {last}" if last else "")


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
