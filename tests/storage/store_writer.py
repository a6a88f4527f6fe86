"""Run by test_store.py as a process of its own: keeps objects until it is killed, telling each key once `keep` returned.

    store_writer.py ROOT SEED        two threads stage and keep groups, one moves them
    store_writer.py ROOT limited     meets a limit on file size, then goes on when it is lifted
"""
from __future__ import annotations

import os
import random
import resource
import sys
import threading
from pathlib import Path

from scanhouse.storage.disks import DiskFull
from scanhouse.storage.store import FileStore, Sealed


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # unbuffered, in one piece: killed writers must not have told what they did not reach


def seal(store: FileStore, data: bytes) -> Sealed:
    with store.stage() as staged:
        for first in range(0, len(data), 7000):
            staged.write(data[first : first + 7000])
        return staged.seal()


def keep_on(store: FileStore, seed: str) -> None:
    chance = random.Random(seed)
    while True:
        group = [seal(store, chance.randbytes(chance.choice([0, 10, 4096, 100_000]))) for _ in range(chance.choice([1, 2, 5]))]
        store.keep(group)
        say("\n".join(one.key for one in group))


def move_on(store: FileStore) -> None:
    while True:
        store.promote(limit=5)


def meet_the_limit(store: FileStore) -> None:
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, unlimited[1]))
    try:
        seal(store, bytes(60_000))
    except DiskFull as error:
        say(type(error).__name__)
    say(f"{len(list((store.root / 'staging').iterdir()))} left")
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    store.keep([seal(store, bytes(60_000))])
    say("goes on")


if __name__ == "__main__":
    store = FileStore(Path(sys.argv[1]))
    if sys.argv[2] == "limited":
        meet_the_limit(store)
    else:
        threading.Thread(target=move_on, args=(store,), daemon=True).start()
        threading.Thread(target=keep_on, args=(store, sys.argv[2] + "a"), daemon=True).start()
        keep_on(store, sys.argv[2] + "b")
