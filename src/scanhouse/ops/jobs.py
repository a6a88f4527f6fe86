"""Upkeep of the site by the clock: what has ended is forgotten, bytes that nothing names leave the store. Each may run twice."""
from __future__ import annotations

from scanhouse.access import guesses, sign_ins, tokens
from scanhouse.jobs.queue import task
from scanhouse.records import bytes as stored_bytes


@task(every="*/10 * * * *")
def forget_sign_ins() -> None:
    """Delete sign-ins and tokens that have ended, and attempts that are too old to be held against anybody."""
    sign_ins.sweep()
    tokens.sweep()
    guesses.sweep()


@task(queue="bytes", every="40 3 * * *")
def sweep_store() -> None:
    """Delete objects of writers that were killed before their commit. At night, as it walks the whole store; what a row names stays."""
    stored_bytes.sweep()
