"""`scanhouse assets`: the front-end files built from pinned packages."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def assets(
    target: Annotated[Path, typer.Argument(help="Folder to build into.")] = Path(os.environ.get("SCANHOUSE_ASSETS", "assets")),
) -> None:
    """Build the front-end files, the OHIF viewer among them. Does nothing when they are there already."""
    from scanhouse.ops.assets import build

    build(target)
