"""Two deeds in transactions that overlap, whatever the speed of the machine."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection, transaction


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> BaseException | None:
    """Does the first, and begins the second while the first is not committed; the error of the second. Nothing depends on the clock: the
    first is committed when the second has ended or waits for a lock."""
    begun: list[int] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            connection.ensure_connection()
            begun.append(connection.connection.info.backend_pid)
            second()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not (begun and _waits(begun[0])):
            time.sleep(0.01)
    thread.join()
    return failed[0] if failed else None


def _waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted)", [pid])
        return bool(cursor.fetchone()[0])
