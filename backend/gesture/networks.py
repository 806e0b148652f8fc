"""The networks of gesture by name."""

from __future__ import annotations

from typing import Final

DANCE: Final = "dance"
PRIOR: Final = "gesture_prior"
LSTM: Final = "gesture_lstm"
"""The lecture's, which is compared with and not shipped."""
PLANNER: Final = "planner"
"""When people stroke, from recordings of talkers."""
