"""What the header of a film file says that no decoder tells: how it is turned, what is missing."""

from .header import FilmHeader, read_header

__all__ = ["FilmHeader", "read_header"]
