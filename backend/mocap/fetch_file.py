"""Fetches a file over HTTP: resumable, limited in size, in place only when complete and checked."""

from __future__ import annotations

import http.client
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from blender_addon.core.errors import InputError

_log = logging.getLogger(__name__)
_BLOCK_BYTES = 1 << 16
_LONGEST_WAIT_S = 30.0
_USER_AGENT = "neural-motion-prepare"
_GONE = (404, 410)
_RANGE_REFUSED = 416
_PARTIAL_CONTENT = 206


class DownloadError(InputError):
    """A file cannot be had from where it was looked for."""


class MissingFileError(DownloadError):
    """The server answers, and does not have the file."""


class _TooLargeError(DownloadError):
    """More comes than was allowed."""


class _PassingError(Exception):
    """Something that may be over on the next attempt."""


@dataclass(frozen=True)
class FetchLimits:
    """How long and how much.

    Args:
        largest_bytes: of one file.
        attempts: before giving up; each goes on where the last one broke off.
        first_wait_s: before the second attempt; doubled for each further one.
        timeout_s: without a byte from the server.
    """

    largest_bytes: int = 64 << 20
    attempts: int = 5
    first_wait_s: float = 1.0
    timeout_s: float = 30.0


def fetch_file(
    url: str, path: Path, check: Callable[[Path], None], limits: FetchLimits | None = None
) -> None:
    """Fetch a file; what came is kept beside its place until it is complete.

    Args:
        url: http or https.
        path: where it goes; its folder is made. Replaced only by a complete, checked file.
        check: called with the complete file before it gets its name; raises where the content is
            not what was expected.
        limits: how long and how much.

    Raises:
        MissingFileError: the server does not have it.
        DownloadError: no server there, too large, refused, or attempts used up.
        OSError: the disk cannot be written.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"expected an address with http:// or https://; found {url}")
    limits = limits or FetchLimits()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    _fetch_partial(url, partial, limits)
    try:
        check(partial)
    except InputError:
        partial.unlink()
        raise
    partial.replace(path)


def _fetch_partial(url: str, partial: Path, limits: FetchLimits) -> None:
    problem = ""
    for attempt in range(limits.attempts):
        if attempt:
            _log.info("%s: %s; trying again", url, problem)
            time.sleep(min(limits.first_wait_s * 2 ** (attempt - 1), _LONGEST_WAIT_S))
        try:
            _attempt(url, partial, limits)
        except _TooLargeError:
            partial.unlink(missing_ok=True)
            raise
        except _PassingError as error:
            problem = str(error)
        else:
            return
    raise DownloadError(
        f"could not fetch {url}: {problem} ({limits.attempts} attempts). Check the connection and "
        "the address, and run the same command again: it goes on where it stopped"
    )


def _attempt(url: str, partial: Path, limits: FetchLimits) -> None:
    """One request, going on after what is already there."""
    there = partial.stat().st_size if partial.exists() else 0
    try:
        response = _open(url, there, limits)
    except HTTPError as error:
        with error:
            _handle_refusal(error, partial, there)
        return
    except (URLError, OSError, http.client.HTTPException) as error:
        raise _PassingError(_reason(error)) from error
    with response:
        start = there if response.status == _PARTIAL_CONTENT else 0
        expected = _expected_bytes(response.headers, start, partial)
        with partial.open("ab" if start else "wb") as file:
            size = start
            for block in _blocks(response, expected or 0, start, limits.largest_bytes, url):
                size += file.write(block)
    if expected is not None and size != expected:
        raise _PassingError(f"the connection ended after {size} of {expected} bytes")


def _open(url: str, there: int, limits: FetchLimits) -> http.client.HTTPResponse:
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    request = Request(url, headers=headers)  # noqa: S310 - the scheme was checked
    response: http.client.HTTPResponse = urlopen(request, timeout=limits.timeout_s)  # noqa: S310
    return response


def _handle_refusal(error: HTTPError, partial: Path, there: int) -> None:
    """Return where the file turns out to be complete, else raise what the refusal means."""
    if error.code in _GONE:
        raise MissingFileError(f"{error.url} is not there (HTTP {error.code})") from error
    if error.code == _RANGE_REFUSED:
        if error.headers.get("Content-Range", "").strip() == f"bytes */{there}":
            return
        partial.unlink(missing_ok=True)
        raise _PassingError("the file on the server is not the one begun") from error
    if error.code in (408, 429) or error.code >= 500:
        raise _PassingError(f"HTTP {error.code} {error.reason}") from error
    raise DownloadError(
        f"{error.url} was refused: HTTP {error.code} {error.reason}. Check the address"
    ) from error


def _expected_bytes(headers: Message, start: int, partial: Path) -> int | None:
    """Size of the whole file; None where the server does not say."""
    if start:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
        if match is None or int(match[1]) != start:
            partial.unlink(missing_ok=True)
            raise _PassingError("the server sent another part than the one asked for")
        if match[2] != "*":
            return int(match[2])
    length = headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _blocks(
    response: http.client.HTTPResponse, expected: int, start: int, largest: int, url: str
) -> Iterator[bytes]:
    """What comes, until it ends or is too much."""
    size = start
    while True:
        if max(size, expected) > largest:
            raise _TooLargeError(
                f"{url} has {max(size, expected)} bytes or more; expected a motion capture file of "
                f"at most {largest}. Check the address"
            )
        try:
            block = response.read(_BLOCK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _PassingError(f"{_reason(error)} after {size} bytes") from error
        if not block:
            return
        size += len(block)
        yield block


def _reason(error: Exception) -> str:
    """What went wrong, in words."""
    cause = error.reason if isinstance(error, URLError) else error
    return str(cause) or type(cause).__name__
