"""`scanhouse migrate`: the database brought to this version, and what a first start needs."""
from __future__ import annotations

import secrets
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
LOCK = 0x5CA11
"""Advisory lock: processes that start together migrate one after the other."""


@app.command()
def migrate(
    admin_password: Annotated[
        str, typer.Option(envvar="SCANHOUSE_ADMIN_PASSWORD", help="Password of the user `admin`; without it one is made at the first start.")
    ] = "",
    dicom_port: Annotated[int, typer.Option(envvar="SCANHOUSE_DICOM_PORT", help="Port of the first DICOM receiver.")] = 8104,
) -> None:
    """Bring the database to this version; make the administrator and the first DICOM receiver if there are none."""
    from scanhouse.cli import django

    django.start()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    call_command("migrate", interactive=False, verbosity=0)
    _receiver(dicom_port)
    _administrator(admin_password)


def _administrator(password: str) -> None:
    """Last of all, and only together with the word about it: what fails afterwards would leave a password that nobody was shown."""
    from django.db import transaction

    from scanhouse.access.models import User

    admin = User.objects.filter(username__iexact="admin").first()
    if admin is not None and not password:
        return
    made = "" if password else secrets.token_urlsafe(12)
    admin = admin or User(username="admin", first_name="Site", last_name="Administrator", is_admin=True)
    if admin.pk and admin.check_password(password):
        return
    admin.set_password(password or made)
    with transaction.atomic():
        admin.save()
        if made:
            print(f"sign in as admin with the password {made} (shown once)", flush=True)


def _receiver(port: int) -> None:
    from scanhouse.ingest.models import Receiver

    if not Receiver.objects.exists():
        Receiver.objects.create(ae_title="XNAT", port=port)
