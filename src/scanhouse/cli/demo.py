"""`scanhouse demo`: something to look at."""
from __future__ import annotations

import typer

app = typer.Typer(add_completion=False)


@app.command()
def demo() -> None:
    """Make the project DEMO and fill it with studies. What is there already stays as it is."""
    from scanhouse.cli import django

    django.start()
    from scanhouse.ops import demo

    project = demo.fill(lambda text: print(text, flush=True))
    print(f"The project {project.id} is filled: {len(demo.STUDIES)} sessions.")
