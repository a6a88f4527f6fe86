"""What the object store, the archive readers and zip plans do per second on this machine.

    python benchmarks/storage.py [--folder DIR] [--only keep,promote,read,zip,archive] [--reps 3]

--folder: on the disk to be measured (default: the system's temporary folder). Figures are the median of the repetitions;
CPU is that of the whole process, in microseconds an object. Bytes are random, so nothing is helped by compression or
deduplication, except where images are imitated (`archive`).
"""
from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import shutil
import socket
import statistics
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scanhouse.storage import archives
from scanhouse.storage.store import FileStore, Sealed
from scanhouse.storage.zips import Entry, Span, ZipPlan

MR, CT = 136_000, 529_000  # bytes of one image
BLOCK = 1 << 20


def measure(folder: Path, reps: int, work: Callable[[FileStore], tuple[float, int, float]]) -> tuple[float, float, int]:
    """Median seconds and CPU seconds of `work` on a fresh store, and how many things it did."""
    seconds, cpu, count = [], [], 0
    for _ in range(reps):
        root = Path(tempfile.mkdtemp(dir=folder, prefix="bench-store-"))
        try:
            os.sync()
            took, count, spent = work(FileStore(root))
            seconds.append(took)
            cpu.append(spent)
        finally:
            shutil.rmtree(root)
    return statistics.median(seconds), statistics.median(cpu), count


def timed(work: Callable[[], None]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def seal(store: FileStore, number: int, body: bytes, *, md5: bool = False) -> Sealed:
    """Stage and seal an object of its own: 8 bytes of `number`, then `body`, which is not copied in memory."""
    with store.stage(md5=md5) as staged:
        staged.writev([number.to_bytes(8, "big"), body])
        return staged.seal()


def keep(size: int, count: int, threads: int, group: int, md5: bool) -> Callable[[FileStore], tuple[float, int, float]]:
    body = os.urandom(size - 8)

    def one_thread(store: FileStore, first: int, last: int) -> None:
        for start in range(first, last, group):
            store.keep([seal(store, n, body, md5=md5) for n in range(start, min(start + group, last))])

    def work(store: FileStore) -> tuple[float, int, float]:
        share = count // threads
        running = [threading.Thread(target=one_thread, args=(store, i * share, (i + 1) * share)) for i in range(threads)]

        def run() -> None:
            for thread in running:
                thread.start()
            for thread in running:
                thread.join()

        took, cpu = timed(run)
        return took, share * threads, cpu

    return work


def bench_keep(folder: Path, reps: int) -> None:
    for size, count in ((MR, 800), (CT, 300)):
        for threads, group, md5 in ((1, 1, False), (4, 1, False), (4, 1, True), (4, 20, False), (1, 50, False)):
            took, cpu, done = measure(folder, reps, keep(size, count, threads, group, md5))
            label = f"stage+seal+keep {size // 1000} kB, {threads} threads, groups of {group}{', MD5' if md5 else ''}"
            say(label, f"{done / took:7.0f} objects/s {done * size / took / 1e6:6.0f} MB/s {cpu / done * 1e6:6.0f} us CPU")


def bench_promote(folder: Path, reps: int) -> None:
    def work(store: FileStore) -> tuple[float, int, float]:
        keep(100, 2000, 2, 100, False)(store)

        def run() -> None:
            while store.promote():
                pass

        took, cpu = timed(run)
        return took, 2000, cpu

    took, cpu, done = measure(folder, reps, work)
    say("promote", f"{done / took:7.0f} objects/s {cpu / done * 1e6:20.0f} us CPU")


def bench_read(folder: Path, reps: int) -> None:
    def work(store: FileStore) -> tuple[float, int, float]:
        group = [seal(store, n, bytes(CT)) for n in range(200)]
        store.keep(group)
        store.promote()

        def run() -> None:
            for n in range(20_000):
                store.read(group[n % 200].key, 1000, 2000)

        took, cpu = timed(run)
        return took, 20_000, cpu

    took, cpu, done = measure(folder, reps, work)
    say("read a range of 2 kB", f"{done / took:7.0f} reads/s {cpu / done * 1e6:22.1f} us CPU")


def bench_zip(folder: Path, reps: int) -> None:
    moment = datetime(2024, 1, 2, tzinfo=UTC)

    def work(how: str) -> Callable[[FileStore], tuple[float, int, float]]:
        def run_one(store: FileStore) -> tuple[float, int, float]:
            body = os.urandom(CT - 8)
            entries = []
            for n in range(200):
                sealed = seal(store, n, body)
                store.keep([sealed])
                entries.append(Entry(f"S1/scans/4-T1/resources/DICOM/files/{n}.dcm", sealed.size, sealed.crc32, moment, sealed.key))
            store.promote()
            ours, theirs = socket.socketpair() if how == "pair" else tcp_pair()
            drain = threading.Thread(target=read_all, args=(theirs,))
            drain.start()
            plan_length = 0

            def run() -> None:
                nonlocal plan_length
                plan = ZipPlan(entries)
                plan_length = plan.length
                (send_file if how == "sendfile" else send_blocks)(ours, store, plan)
                ours.close()
                drain.join()

            took, cpu = timed(run)
            return took, plan_length, cpu

        return run_one

    for how, label in (("blocks", "blocks of 1 MB"), ("sendfile", "sendfile")):
        took, cpu, length = measure(folder, reps, work(how))
        say(f"zip of 200 x {CT // 1000} kB to a TCP socket by {label}", f"{length / took / 1e6:7.0f} MB/s {cpu * 1000:7.1f} ms CPU with the reader")
    many = [Entry(f"S1/scans/4-T1/resources/DICOM/files/{n}.dcm", CT, n, moment, hashlib.sha256(str(n).encode()).hexdigest()) for n in range(10_000)]
    took, _ = timed(lambda: [None for _ in ZipPlan(many).pieces()] and None)
    say("plan and pieces of a zip of 10,000 files", f"{took * 1000:7.1f} ms")
    plan = ZipPlan(many)
    took, _ = timed(lambda: next(plan.pieces(plan.length // 2)) and None)
    say("first piece from the middle of it", f"{took * 1000:7.3f} ms")


def send_blocks(to: socket.socket, store: FileStore, plan: ZipPlan) -> None:
    """As a WSGI server that takes blocks would: joined up to 1 MB."""
    held: list[bytes] = []
    length = 0
    for piece in plan.pieces():
        data = piece if isinstance(piece, bytes) else store.read(piece.key, piece.start, piece.length)
        held.append(data)
        length += len(data)
        if length >= BLOCK:
            to.sendall(b"".join(held))
            held, length = [], 0
    to.sendall(b"".join(held))


def send_file(to: socket.socket, store: FileStore, plan: ZipPlan) -> None:
    for piece in plan.pieces():
        if isinstance(piece, Span):
            with store.open(piece.key) as file:
                at, end = piece.start, piece.start + piece.length
                while at < end:
                    at += os.sendfile(to.fileno(), file.fileno(), at, end - at)
        else:
            to.sendall(piece)


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours, theirs


def read_all(from_: socket.socket) -> None:
    buffer = bytearray(BLOCK)
    while from_.recv_into(buffer):
        pass
    from_.close()


def image(size: int, seed: int) -> bytes:
    """Bytes that deflate as CT does, to about 0.4: a smooth signal of 16 bits with noise in its low bits."""
    rng = random.Random(seed)
    noise = rng.randbytes(size // 2)
    out = bytearray(size)
    out[0 : 2 * len(noise) : 2] = bytes(b & 0x1F for b in noise)
    return bytes(out)


def bench_archive(folder: Path, reps: int) -> None:
    images = [(f"S1/{n}.dcm", image(CT, n)) for n in range(100)]
    total = sum(len(data) for _, data in images)
    for label, data in (("zip, deflated", zipped(images, zipfile.ZIP_DEFLATED)), ("zip, stored", zipped(images, zipfile.ZIP_STORED)),
                        ("tar", tarred(images, "w")), ("tar.gz", tarred(images, "w:gz"))):
        place = folder / f"bench-archive-{os.getpid()}"
        place.write_bytes(data)
        say_rate(f"read 100 x {CT // 1000} kB of {label} (ratio {len(data) / total:.2f})", partial(consume, place, 1), reps, total)
        if label.startswith("zip"):
            say_rate("... by two threads", partial(consume, place, 2), reps, total)
        if "zip, deflated" in label:
            say_rate("... by Python's zipfile", partial(consume_with_zipfile, place), reps, total)
        place.unlink()


def say_rate(label: str, work: Callable[[], None], reps: int, total: int) -> None:
    runs = [timed(work) for _ in range(reps)]
    took, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
    say(label, f"{total / took / 1e6:7.0f} MB/s {total / cpu / 1e6:12.0f} MB per CPU second")


def consume(place: Path, threads: int) -> None:
    with place.open("rb") as file:
        listed: Iterable[archives.Member] = archives.members(file)
        if threads == 1:
            read_members(listed)
            return
        members = list(listed)
        running = [threading.Thread(target=read_members, args=(members[i::threads],)) for i in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


def read_members(members: Iterable[archives.Member]) -> None:
    for member in members:
        for _ in member.chunks():
            pass


def consume_with_zipfile(place: Path) -> None:
    with zipfile.ZipFile(place) as file:
        for info in file.infolist():
            with file.open(info) as member:
                while member.read(BLOCK):
                    pass


def zipped(files: list[tuple[str, bytes]], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=6) as made:
        for name, data in files:
            made.writestr(name, data)
    return out.getvalue()


def tarred(files: list[tuple[str, bytes]], mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **({"compresslevel": 6} if mode == "w:gz" else {})) as made:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def bench_raw(folder: Path, reps: int) -> None:
    """What the disk and the digests allow, to compare with."""
    body = os.urandom(MR)
    place = Path(tempfile.mkdtemp(dir=folder, prefix="bench-raw-"))

    def write(count: int, first: int) -> None:
        for n in range(first, first + count):
            handle = os.open(place / str(n), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(handle, body)
            os.fdatasync(handle)
            os.close(handle)

    def write_by_four() -> None:
        running = [threading.Thread(target=write, args=(250, (i + 1) * 10_000)) for i in range(4)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    took, cpu = timed(lambda: write(500, 0))
    say("limit: write and fdatasync 136 kB, 1 thread", f"{500 / took:7.0f} files/s {cpu / 500 * 1e6:23.0f} us CPU")
    took, cpu = timed(write_by_four)
    say("limit: the same, 4 threads", f"{1000 / took:7.0f} files/s {cpu / 1000 * 1e6:23.0f} us CPU")
    shutil.rmtree(place)
    for label, digest in (("SHA-256", lambda: hashlib.sha256(body)), ("MD5", lambda: hashlib.md5(body)), ("zlib CRC-32", lambda: zlib.crc32(body))):
        took, _ = timed(lambda digest=digest: [digest() for _ in range(300)] and None)
        say(f"limit: {label} of 136 kB", f"{took / 300 * 1e6:7.0f} us")


def say(what: str, figures: str) -> None:
    print(f"{what:66s} {figures}", flush=True)


PARTS = {"raw": bench_raw, "keep": bench_keep, "promote": bench_promote, "read": bench_read, "zip": bench_zip, "archive": bench_archive}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--reps", type=int, default=3)
    given = parser.parse_args()
    for part in given.only.split(","):
        PARTS[part](given.folder, given.reps)
