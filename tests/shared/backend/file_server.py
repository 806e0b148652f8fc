"""A file server on this machine that can misbehave on order."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class FileServer:
    """Serves a folder; behaviour is set by a file's address, as in ``/02/02.asf``.

    Args:
        folder: what is served.
        url: where.
        breaks_after: connection closed after so many bytes of an answer; once for each number.
        statuses: answered instead of the file; once each.
        bodies: sent instead of the file.
        says_size: whether answers state their length.
        takes_ranges: whether a part of a file can be asked for.
        requests: (address, Range) of each request.
    """

    folder: Path
    url: str = ""
    breaks_after: dict[str, list[int]] = field(default_factory=dict)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    says_size: bool = True
    takes_ranges: bool = True
    requests: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, address: str, desired: str) -> tuple[int, dict[str, str], bytes, bytes]:
        """Status, headers, the body as promised and as really sent."""
        self.requests.append((address, desired))
        if self.statuses.get(address):
            return self.statuses[address].pop(0), {"Content-Length": "0"}, b"", b""
        path = self.folder / address.lstrip("/")
        if address not in self.bodies and not path.is_file():
            return 404, {"Content-Length": "0"}, b"", b""
        whole = self.bodies.get(address) or path.read_bytes()
        status, headers, body = 200, {}, whole
        if desired and self.takes_ranges:
            start = int(desired.removeprefix("bytes=").removesuffix("-"))
            if start >= len(whole):
                return 416, {"Content-Range": f"bytes */{len(whole)}"}, b"", b""
            status, body = 206, whole[start:]
            headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        if self.says_size:
            headers["Content-Length"] = str(len(body))
        breaks = self.breaks_after.get(address)
        return status, headers, body, body[: breaks.pop(0)] if breaks else body


@contextmanager
def serve_files(folder: Path) -> Iterator[FileServer]:
    """Serve a folder on a free port of 127.0.0.1."""
    served = FileServer(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            desired = self.headers.get("Range", "")
            status, headers, _, sent = served.answer(self.path, desired)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
