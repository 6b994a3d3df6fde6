"""What the driver of a study and its worker processes tell each other: JSON messages over a pipe, bytes after them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

HEADER = struct.Struct(">IQ")
"""The length of the JSON text and that of the bytes after it."""
Buffer = bytes | bytearray | memoryview
Allocate = Callable[[int], Any]
"""Room for so many bytes."""


def send(stream: BinaryIO, message: Mapping[str, Any], payload: Buffer = b"") -> None:
    """Write one message, and bytes that belong to it. Raises OSError where nobody reads any more."""
    text = json.dumps(message).encode()
    stream.write(HEADER.pack(len(text), len(payload)) + text)
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO, allocate: Allocate = bytearray) -> tuple[dict[str, Any], Any] | None:
    """The next message and its bytes, read into what ``allocate`` gives; None where the other side has gone."""
    header = _exactly(stream, bytearray(HEADER.size))
    if header is None:
        return None
    text_length, length = HEADER.unpack(header)
    text, payload = _exactly(stream, bytearray(text_length)), _exactly(stream, allocate(length))
    return None if text is None or payload is None else (json.loads(bytes(text)), payload)


def _exactly(stream: BinaryIO, room: Any) -> Any:
    return room if stream.readinto(room) == len(room) else None  # type: ignore[attr-defined]
