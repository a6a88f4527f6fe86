"""The process in which pictures are made: requests on standard input, answers on standard output, limits set before the first.

Started by `studio` as a program of its own; it imports no Django and opens only the files it is told to.
"""
from __future__ import annotations

import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from scanhouse.dicom.decode import decode, pixel_format
from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.frames import FrameTable, frame_table, read_frame
from scanhouse.dicom.image_header import pixel_keyword, pixel_vr, read_image_header
from scanhouse.dicom.render import Rendering, Viewport, render
from scanhouse.dicom.windows import Function, Window
from scanhouse.errors import Invalid, ScanhouseError

MAX_HEADER = 64 << 20
"""Bytes of a file up to its pixels."""
MAX_FRAME = 1 << 30
_SIZE = struct.Struct("<I")


def make(request: dict[str, Any]) -> bytes:
    """A rendered frame, with `decode` its samples as native little endian bytes, or with `stored` its bytes as they lie in the file."""
    path, number, syntax = Path(request["path"]), int(request["number"]), str(request["transfer_syntax"])
    with path.open("rb") as file:
        table = FrameTable.unpack(bytes.fromhex(request["table"])) if request.get("table") else frame_table(file, read_facts(path))
        if not 1 <= number <= table.count:
            raise Invalid(f"The instance has no frame {number}: it has {table.count}.")
        if table.length(number) > MAX_FRAME:
            raise Invalid("The frame is too large to be shown. Download the file instead.")
        header = os.pread(file.fileno(), min(request.get("pixel_offset") or MAX_HEADER, MAX_HEADER), 0)
        frame = read_frame(file, table, number)
    if request.get("stored"):
        return frame
    if request.get("decode"):
        ds = read_image_header(header, number)
        form = pixel_format(ds, syntax, keyword=pixel_keyword(ds), vr=pixel_vr(header))
        return decode(frame, form).tobytes()  # of the machine, which is little endian wherever wheels are built
    return render(header, frame, transfer_syntax_uid=syntax, number=number, how=_how(request))


def _how(request: dict[str, Any]) -> Rendering:
    window = request.get("window")
    viewport = request.get("viewport")
    return Rendering(
        media_type=request.get("media_type", "image/jpeg"),
        window=Window(window[0], window[1], Function(window[2])) if window else None,
        preset=request.get("preset", ""),
        viewport=Viewport(viewport[0], viewport[1], tuple(viewport[2]) if viewport[2] else None) if viewport else None,
        quality=int(request.get("quality", 90)),
    )


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(head := source.read(4)) == 4:
        request = orjson.loads(source.read(_SIZE.unpack(head)[0]))
        body, error = b"", ""
        try:
            body = make(request)
        except ScanhouseError as refusal:
            error = str(refusal)
        except MemoryError:
            error = "The image is too large to be shown. Download the file instead."
        answer = orjson.dumps({"size": len(body), "error": error})
        sink.write(_SIZE.pack(len(answer)) + answer + body)
        sink.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    serve(sys.stdin.buffer, sys.stdout.buffer)
