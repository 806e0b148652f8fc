"""Reads and keeps the mouth shapes of a sound: as heard, or as the animator corrected them.

A list belongs to a recording and follows it along the timeline. One that was corrected is never
replaced, except by Hear Again; one that was not is heard anew each time.

Every line remembers what was heard, in seconds of the sound. What differs from that, and what was
inserted, was told by hand. Lines may overlap: those told lie over those heard, and what they cover
comes back when they go.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ...blender.rows import fit_rows, remove_row
from ...blender.sound.choice import SoundChoice
from ...blender.sound.scene_sound import SceneSound
from ...core.errors import SettingsError
from ...core.speech.phone_list import ToldPhones, pack_phones, unpack_phones
from ...core.speech.phones import HeardPhone
from ...core.speech.segments import cut
from .heard_changes import quietly

MOST_LISTED: Final = 2000
"""Lines of a list; of a longer one the rest is kept too, but as it was heard."""
_ROW: Final = ("used", "kind", "first", "last", "closure", "sure", "was", "inserted")
_FIRST: Final = _ROW.index("first")
_SAME_S: Final = 0.002
"""Times are the same within this; frames are kept in single precision."""
_SAME: Final = 0.002


@dataclass(frozen=True)
class HeardSound:
    """A sound that was listened to.

    Args:
        name: how it was chosen, see ``choice_name``.
        recording: its fingerprint.
        from_s, to_s: the stretch of it that was listened to.
    """

    name: str = ""
    recording: str = ""
    from_s: float = 0.0
    to_s: float = 1e6


def choice_name(choice: SoundChoice) -> str:
    """Under which name the list of a chosen sound is kept: a file's is that of its last part."""
    file = re.split(r"[/\\]", choice.path)[-1]
    return f"{choice.source} {choice.strip if choice.source == 'STRIP' else file}"


def heard_of(speech: Any) -> Any | None:
    """The list of the sound that is chosen in a character's settings; None if there is none."""
    return speech.heard.get(choice_name(SoundChoice(speech.source, speech.file, speech.strip)))


def is_corrected(heard: Any) -> bool:
    """Whether somebody changed a list since it was heard."""
    return bool(heard.as_heard != _digest(heard.phones))


def corrected_phones(speech: Any, recording: str) -> ToldPhones | None:
    """The list of a recording as it was corrected, in seconds of the sound; None if it was not.

    Args:
        speech: settings of a character.
        recording: fingerprint of the sound.

    Raises:
        SettingsError: a line of the list ends before it begins.
    """
    heard = list_of(speech, recording)
    if heard is None or not is_corrected(heard):
        return None
    listed = [phone for row in heard.phones for phone in _phones(heard, row)]
    both = [*listed, *unpack_phones(heard.rest)]
    told = tuple(sorted(both, key=lambda phone: phone.start_s))
    return ToldPhones(told, heard.from_s, heard.to_s)


def keep_phones(
    speech: Any,
    sound: HeardSound,
    placed: SceneSound,
    phones: tuple[HeardPhone, ...],
    told: ToldPhones | None = None,
) -> None:
    """Keep what was heard of a sound, and forget what was heard of others and never corrected.

    Args:
        speech: settings of a character; those of a linked one are left alone.
        sound: what was heard.
        placed: where it lies now.
        phones: that the lips heeded, in order.
        told: those of a corrected list, which stays and gets what was heard around it.
    """
    if not speech.id_data.is_editable:
        return
    name, recording = sound.name, sound.recording
    for index in reversed(range(len(speech.heard))):
        other = speech.heard[index]
        if other.sound != recording and is_corrected(other):
            if other.name == name:  # another take under the same name
                other.name = f"{name} {other.sound}"
        elif other.sound != recording or not (phones or told):
            with suppress(SettingsError):  # it comes with a linked character
                remove_row(speech.heard, index)
    heard = list_of(speech, recording)
    if heard is None:
        if not phones:
            return
        heard = speech.heard.add()
    heard.name, heard.sound = name, recording
    heard.note = ""
    with quietly():
        if told is None:
            _fill(heard, placed, phones)
            heard.from_s, heard.to_s = sound.from_s, sound.to_s
        else:
            _move(heard, placed)
            _append(heard, told.beyond(phones))
            heard.from_s = min(heard.from_s, sound.from_s)
            heard.to_s = max(heard.to_s, sound.to_s)


def refill(heard: Any, placed: SceneSound, phones: tuple[HeardPhone, ...]) -> None:
    """Let a list be as it was heard, without any correction."""
    with quietly():
        _fill(heard, placed, phones)
    heard.note = ""


def forget_phones(speech: Any, heard: Any) -> None:
    """Remove a list, corrections and all.

    Raises:
        SettingsError: it comes with a linked character.
    """
    remove_row(speech.heard, [each == heard for each in speech.heard].index(True))


def is_told(heard: Any, row: Any) -> bool:
    """Whether a line was inserted or corrected by hand."""
    if row.inserted:
        return True
    if not row.was:  # of an earlier version, which knew the lips' phones alone
        return False
    return not _is_as_heard(heard, row)


def tell_as_heard(heard: Any, row: Any) -> None:
    """Undo what was corrected in a line that was heard."""
    kind, start_s, end_s, closure = row.was.split()
    with quietly():
        row.used, row.kind, row.closure = True, kind, float(closure)
        row.first, row.last = _frame(heard, float(start_s)), _frame(heard, float(end_s))


def add_phone(heard: Any, frame: float, kind: str = "BILABIAL", length_s: float = 0.08) -> int:
    """Insert a line at a frame; its number, for lists are kept in order.

    Raises:
        SettingsError: the frame lies outside of the sound.
    """
    first, last = span_of(heard)
    if not first <= frame <= last:
        raise SettingsError(
            f"frame {frame:.0f} lies outside of what was heard, which goes from {first:.0f} to "
            f"{last:.0f}. Go to a frame within"
        )
    if len(heard.phones) >= 2 * MOST_LISTED:
        raise SettingsError(f"a list has at most {2 * MOST_LISTED} lines. Remove some first")
    half = 0.5 * length_s * heard.rate
    with quietly():
        row = heard.phones.add()
        row.kind, row.inserted = kind, True
        row.first, row.last = max(frame - half, first), min(frame + half, last)
    return put_in_order(heard, len(heard.phones) - 1)


def put_in_order(heard: Any, index: int) -> int:
    """Move a line to its place by its first frame; its number there."""
    firsts = np.empty(len(heard.phones), np.float32)
    heard.phones.foreach_get("first", firsts)
    own = firsts[index]
    others = np.delete(firsts, index)
    at = int(np.searchsorted(others, own, side="right")) if _rises(others) else index
    heard.phones.move(index, at)
    return at


def copy_rows(heard: Any) -> list[tuple[Any, ...]]:
    """What the lines of a list hold."""
    return [tuple(getattr(row, name) for name in _ROW) for row in heard.phones]


def paste_rows(heard: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Let the lines of a list hold what ``copy_rows`` gave."""
    with quietly():
        _leave(fit_rows(heard.phones, len(rows)))
        for row, values in zip(heard.phones, rows, strict=False):
            for name, value in zip(_ROW, values, strict=True):
                setattr(row, name, value)


def list_around(heard: Any, frame: float) -> None:
    """Of a long sound list what lies around a frame; corrected lines stay listed.

    Raises:
        SettingsError: what the file keeps of the rest is damaged.
    """
    corrected = is_corrected(heard)
    told = [is_told(heard, row) for row in heard.phones]
    kept = [values for values, by_hand in zip(copy_rows(heard), told, strict=True) if by_hand]
    untold = [row for row, by_hand in zip(heard.phones, told, strict=True) if not by_hand]
    pool = [phone for row in untold for phone in _phones(heard, row)]
    pool = sorted((*pool, *unpack_phones(heard.rest)), key=lambda phone: phone.start_s)
    room = max(MOST_LISTED - len(kept), 0)
    at = sum(phone.middle_s < _seconds(heard, frame) for phone in pool)
    first = max(min(at - room // 2, len(pool) - room), 0)
    with quietly():
        _list(heard, pool[first : first + room])
    listed = copy_rows(heard)[: len(pool[first : first + room])]
    paste_rows(heard, sorted((*listed, *kept), key=lambda values: float(values[_FIRST])))
    heard.rest = pack_phones([*pool[:first], *pool[first + room :]])
    heard.as_heard = "" if corrected else _digest(heard.phones)


def span_of(heard: Any) -> tuple[float, float]:
    """First and last frame of what was listened to."""
    start_s = max(heard.from_s, 0.0)
    return _frame(heard, start_s), max(_frame(heard, heard.to_s), _frame(heard, start_s))


def _rises(values: Any) -> bool:
    return bool((np.diff(values) >= 0.0).all())


def list_of(speech: Any, recording: str) -> Any | None:
    return next((each for each in speech.heard if each.sound == recording), None)


def _fill(heard: Any, placed: SceneSound, phones: Sequence[HeardPhone]) -> None:
    _place(heard, placed)
    _list(heard, phones[:MOST_LISTED])
    heard.rest = pack_phones(phones[MOST_LISTED:])
    heard.as_heard = _digest(heard.phones)


def _list(heard: Any, phones: Sequence[HeardPhone]) -> None:
    _leave(fit_rows(heard.phones, len(phones)))
    for row, phone in zip(heard.phones, phones, strict=False):
        _set(heard, row, phone)


def _leave(rows: Sequence[Any]) -> None:
    """Lines of a linked character that cannot be removed count no more."""
    for row in rows:
        row.used, row.was, row.inserted = False, "", False


def _append(heard: Any, phones: Sequence[HeardPhone]) -> None:
    room = max(MOST_LISTED - len(heard.phones), 0)
    for phone in phones[:room]:
        _set(heard, heard.phones.add(), phone)
    if phones[room:]:
        heard.rest = pack_phones([*unpack_phones(heard.rest), *phones[room:]])


def _set(heard: Any, row: Any, phone: HeardPhone) -> None:
    row.kind, row.closure, row.used = phone.kind.upper(), phone.closure, True
    row.first, row.last = _frame(heard, phone.start_s), _frame(heard, phone.end_s)
    row.sure, row.inserted = phone.sure, False
    row.was = f"{row.kind} {phone.start_s!r} {phone.end_s!r} {phone.closure!r}"


def _move(heard: Any, placed: SceneSound) -> None:
    """Let the lines follow their sound to another place."""
    if (heard.start_frame, heard.start_s, heard.rate) == _as_kept(placed):
        return
    times = [(_seconds(heard, row.first), _seconds(heard, row.last)) for row in heard.phones]
    _place(heard, placed)
    for row, (start_s, end_s) in zip(heard.phones, times, strict=True):
        row.first, row.last = _frame(heard, start_s), _frame(heard, end_s)


def _place(heard: Any, placed: SceneSound) -> None:
    heard.start_frame, heard.start_s, heard.rate = (
        placed.start_frame, placed.start_s, placed.frame_rate_hz,
    )  # fmt: skip


def _as_kept(placed: SceneSound) -> tuple[float, ...]:
    """A place as Blender keeps it, in single precision."""
    numbers = (placed.start_frame, placed.start_s, placed.frame_rate_hz)
    return tuple(float(np.float32(number)) for number in numbers)


def _phones(heard: Any, row: Any) -> tuple[HeardPhone, ...]:
    """What a line asks of the mouth: its shape, and to pass over the place that it left."""
    told = is_told(heard, row)
    if row.was and not told:
        return (_was(row),)
    if not (row.used or told):
        return ()
    if row.last < row.first or (told and row.last == row.first):
        raise SettingsError(
            f"a mouth shape begins on frame {row.first:.1f} and ends on {row.last:.1f}, which is "
            "not after it. Correct it under Mouth Shapes"
        )
    first, last = span_of(heard)
    if told and (row.last <= first or row.first >= last):
        raise SettingsError(
            f"the mouth shape from frame {row.first:.1f} to {row.last:.1f} lies outside of the "
            f"sound, which is heard from {first:.0f} to {last:.0f}. Correct it under Mouth Shapes"
        )
    start_s, end_s = _seconds(heard, row.first), _seconds(heard, row.last)
    phone = HeardPhone(
        row.kind.lower(), start_s, end_s, row.closure, row.sure, told=told, used=row.used
    )
    if not told or row.inserted:
        return (phone,)
    left = replace(_was(row), told=True, used=False)
    return (phone, *cut((left,), (phone,)))


def _was(row: Any) -> HeardPhone:
    """The phone that was heard, to the last digit: what nobody told stays exactly as it was."""
    kind, start_s, end_s, closure = row.was.split()
    return HeardPhone(kind.lower(), float(start_s), float(end_s), float(closure), row.sure)


def _is_as_heard(heard: Any, row: Any) -> bool:
    kind, start_s, end_s, closure = row.was.split()
    away = (
        _seconds(heard, row.first) - float(start_s), _seconds(heard, row.last) - float(end_s),
    )  # fmt: skip
    exact = _SAME_S + 2.0 * float(np.spacing(np.float32(abs(row.last)))) / heard.rate
    return bool(
        row.used
        and row.kind == kind
        and abs(row.closure - float(closure)) < _SAME
        and max(map(abs, away)) < exact
    )


def _seconds(heard: Any, frame: float) -> float:
    return float(heard.start_s + (frame - heard.start_frame) / heard.rate)


def _frame(heard: Any, second: float) -> float:
    return float(heard.start_frame + (second - heard.start_s) * heard.rate)


def _digest(rows: Any) -> str:
    """Tells lists apart, whatever the order: loading changes that of an override's lines."""
    lines = sorted(
        f"{row.used} {row.kind} {row.first:.3f} {row.last:.3f} {row.closure:.3f}" for row in rows
    )
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
