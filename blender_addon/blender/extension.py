"""The name under which the extension is registered; it differs with where it was installed from."""

from __future__ import annotations

from typing import Final

EXTENSION: Final = __package__.rpartition(".")[0]
