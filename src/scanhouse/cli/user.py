"""`scanhouse user`: accounts from the command line."""
from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, help="Make accounts and set passwords.", no_args_is_help=True)


@app.command()
def password(
    login: str,
    new: Annotated[str, typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="The new password.")],
) -> None:
    """Set the password of an account; its open sessions end."""
    from scanhouse.cli import django

    django.start()
    from scanhouse.access import users
    from scanhouse.access.actors import SYSTEM

    users.change(login, password=new, by=SYSTEM)
    print(f"The password of {login} is set.")
