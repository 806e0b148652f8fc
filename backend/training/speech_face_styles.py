"""Which recordings speak in the same manner: whose style vector an unseen recording is given."""

from __future__ import annotations

from collections.abc import Sequence

from backend.datasets.speech_pairs import SpeechPair


def session_name(recording: str) -> str:
    """The day a recording belongs to: its name without the take's number."""
    return recording.rpartition("_")[0]


def session_of(pair: SpeechPair, others: Sequence[SpeechPair]) -> list[int]:
    """Numbers of the recordings of the same session, else of the same teacher, else of all.

    Recordings of one session were animated alike, and which session a recording belongs to is
    known beforehand.
    """
    same_teacher = [n for n, other in enumerate(others) if other.teacher == pair.teacher]
    same_session = [
        n for n in same_teacher if session_name(others[n].name) == session_name(pair.name)
    ]
    return same_session or same_teacher or list(range(len(others)))
