"""Pictures are made in processes that may die, hang or bloat: the picture is refused, the next one is made."""
from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from scanhouse.dicomweb import studio as module
from scanhouse.dicomweb.studio import CannotRender, Studio
from scanhouse.errors import Busy

MR = get_testdata_file("MR_small.dcm")
PICTURE = {"path": MR, "number": 1, "transfer_syntax": "1.2.840.10008.1.2.1", "pixel_offset": 0, "table": None}
SAMPLES = {**PICTURE, "decode": True}


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    yield studio
    studio.close()


def processes(studio: Studio) -> list[int]:
    return [worker.process.pid for worker in studio._free]


def test_a_picture_is_a_jpeg_and_samples_are_those_of_the_file(studio: Studio) -> None:
    assert studio.ask(PICTURE)[:2] == b"\xff\xd8"
    assert studio.ask(SAMPLES) == dcmread(MR).PixelData


def test_a_process_is_used_again(studio: Studio) -> None:
    studio.ask(SAMPLES)
    first = processes(studio)
    studio.ask(SAMPLES)
    assert len(first) == 1 and processes(studio) == first


def test_what_is_refused_is_refused_in_words_and_its_process_goes_on(studio: Studio) -> None:
    studio.ask(SAMPLES)
    before = processes(studio)
    with pytest.raises(CannotRender, match="no frame 2: it has 1"):
        studio.ask({**SAMPLES, "number": 2})
    studio.ask(SAMPLES)
    assert processes(studio) == before


def test_a_process_that_died_is_replaced(studio: Studio) -> None:
    studio.ask(SAMPLES)
    (first,) = processes(studio)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert studio.ask(SAMPLES) == dcmread(MR).PixelData
    assert processes(studio) != [first]


def test_a_picture_that_hangs_its_process_is_refused_in_time(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.ask(SAMPLES)
    (stopped,) = processes(studio)
    os.kill(stopped, signal.SIGSTOP)
    monkeypatch.setattr(module, "SECONDS", 0.2)
    with pytest.raises(CannotRender, match="limits of time and memory"):
        studio.ask(SAMPLES)
    monkeypatch.undo()
    assert studio.ask(SAMPLES) == dcmread(MR).PixelData
    assert stopped not in processes(studio)


def test_a_picture_beyond_the_memory_is_refused(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY", 64 << 20)
    with pytest.raises(CannotRender):
        studio.ask(PICTURE)


def test_those_who_find_every_process_taken_are_told_to_come_again(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)
    for _ in range(module.PROCESSES):
        studio._seats.acquire()
    with pytest.raises(Busy, match="Ask again"):
        studio.ask(SAMPLES)


def test_idle_processes_end_when_the_next_picture_is_asked_for(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [threading.Thread(target=studio.ask, args=(SAMPLES,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    before = processes(studio)
    monkeypatch.setattr(module, "IDLE", 0.0)
    studio.ask(SAMPLES)
    assert len(processes(studio)) == 1 and processes(studio)[0] not in before


def test_pictures_are_made_in_a_web_process_with_more_than_a_thousand_open_files(studio: Studio) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    opened = []
    try:
        while not opened or opened[-1] < 1100:
            opened.append(os.open(os.devnull, os.O_RDONLY))
        assert studio.ask(SAMPLES) == dcmread(MR).PixelData
    finally:
        for handle in opened:
            os.close(handle)
        studio.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_studio_that_closes_leaves_no_process(studio: Studio) -> None:
    studio.ask(SAMPLES)
    (left,) = processes(studio)
    studio.close()
    with pytest.raises(ProcessLookupError):
        os.kill(left, 0)
