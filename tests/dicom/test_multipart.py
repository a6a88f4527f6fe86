import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.dicom.multipart import MAX_HEADERS, PART_END, BadMultipart, PartBegins, PartData, PartEnds, Reader, Related, parse_media_type


def written(parts: list[tuple[str, bytes]], form: Related) -> bytes:
    return b"".join(form.head(kind) + body + PART_END for kind, body in parts) + form.end


def read(data: bytes, boundary: str, step: int) -> list[tuple[str, bytes]]:
    reader, parts, whole = Reader(boundary), [], True
    for at in range(0, len(data), step):
        for event in reader.feed(data[at : at + step]):
            match event:
                case PartBegins():
                    assert whole
                    parts.append((event.content_type, b""))
                    whole = False
                case PartData(data=more):
                    parts[-1] = (parts[-1][0], parts[-1][1] + more)
                case PartEnds():
                    whole = True
    reader.close()
    assert whole
    return parts


NEAR_BOUNDARIES = st.lists(st.sampled_from([b"\r\n", b"--", b"b", b"\r\n--", b"\n", b"-"])).map(b"".join)
BODIES = st.lists(st.one_of(st.binary(max_size=60), NEAR_BOUNDARIES), max_size=4)


@given(BODIES, st.integers(1, 40))
def test_what_is_written_is_read_whatever_the_pieces(bodies, step):
    form = Related("application/dicom", "boundary-b")
    parts = [("application/dicom", body) for body in bodies]
    data = written(parts, form)

    assert read(data, "boundary-b", step) == parts
    assert len(data) == form.length((form.head(kind), len(body)) for kind, body in parts)


@given(st.binary(max_size=300), st.integers(1, 20))
def test_any_bytes_end_in_parts_or_in_our_error(data, step):
    try:
        read(data.replace(b"\x00", b"\r\n--b"), "b", step)
    except BadMultipart:
        pass


def test_the_content_type_says_how_to_read_the_body():
    form = Related("application/octet-stream")

    kind, parameters = parse_media_type(form.content_type)

    assert (kind, parameters["type"], parameters["boundary"]) == ("multipart/related", "application/octet-stream", form.boundary)
    assert Related("a/b").boundary != Related("a/b").boundary


def test_headers_of_a_part_are_read_and_written():
    form = Related("application/dicom", "b")
    data = b"ignored preamble\r\n" + form.head("image/jls; transfer-syntax=1.2.840.10008.1.2.4.80", location="/frames/1") + b"x" + PART_END + form.end

    events = list(Reader("b").feed(data))

    assert events[0] == PartBegins({"content-type": "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80", "content-location": "/frames/1"})
    assert events[1:] == [PartData(b"x"), PartEnds()]


def test_a_reader_holds_no_more_than_it_must():
    reader = Reader("b")
    list(reader.feed(b"--b\r\nContent-Type: application/dicom\r\n\r\n"))

    for _ in range(100):
        assert sum(len(event.data) for event in reader.feed(bytes(100_000)) if isinstance(event, PartData)) > 90_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"--b\r\nContent-Type: a/b\r\n\r\nbody without end", "cut"),
        (b"no boundary at all" * 5000, "boundary"),
        (b"--b garbage\r\n", "line end"),
        (b"--b\r\nno colon\r\n\r\n", "colon"),
        (b"--b\r\nX: " + b"y" * (MAX_HEADERS + 1), "longer"),
        (b"", "cut"),
    ],
)
def test_damaged_bodies_are_refused_in_words(data, message):
    with pytest.raises(BadMultipart, match=message):
        read(data, "b", 100)


@pytest.mark.parametrize("boundary", ["", "x" * 71])
def test_boundaries_have_a_length(boundary):
    with pytest.raises(BadMultipart):
        Reader(boundary)


def test_media_types_have_parameters_quoted_or_not():
    assert parse_media_type('Multipart/Related; type="application/dicom"; Boundary="a; b\\"c"; transfer-syntax=*') == (
        "multipart/related",
        {"type": "application/dicom", "boundary": 'a; b"c', "transfer-syntax": "*"},
    )
