"""`scanhouse deid`: scripts are run, explained, compared and measured before anybody trusts them with a patient's data."""
from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanhouse.cli.deid_files import NO_DICOM, Done, Order, files_below, looks_like_dicom, report_to, run_all
from scanhouse.errors import Invalid, NotFound, ScanhouseError

if TYPE_CHECKING:
    from scanhouse.deid.context import Context
    from scanhouse.deid.program import Program

app = typer.Typer(add_completion=False, no_args_is_help=True, help="De-identification: run, explain, compare, check.")

Script = Annotated[Path, typer.Argument(help="The script: DicomEdit 4 or 6, CTP, or a PS3.15 profile.")]
Language = Annotated[str | None, typer.Option(help="The script's language, where it cannot be told from the text.")]
KeyFile = Annotated[Path | None, typer.Option(help="File with the project's secret key: the same UIDs, pseudonyms and dates in every run.")]
Project = Annotated[str, typer.Option(help="The project, for its pseudonyms and as a variable of the script.")]
Lookup = Annotated[Path | None, typer.Option(help="Lookup table.")]
Variables = Annotated[list[str] | None, typer.Option("--variable", help="NAME=VALUE for the script; may be repeated.")]
SHORTEST_KEY = 16
"""Bytes of a key that cannot be guessed."""


@app.command()
def run(
    script: Script,
    source: Annotated[Path, typer.Argument(help="A file, or a folder with everything below it.")],
    target: Annotated[Path, typer.Argument(help="The new file, or the folder for the new files.")],
    language: Language = None,
    key_file: KeyFile = None,
    project: Project = "",
    lookup: Lookup = None,
    variables: Variables = None,
    config: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as attributes of a CTP stage; may be repeated.")] = None,
    record: Annotated[str, typer.Option(help="Record the script in each object under this id, as XNAT does.")] = "",
    processes: Annotated[int, typer.Option(help="Processes at work at once.", min=1)] = os.cpu_count() or 1,
    report: Annotated[Path | None, typer.Option(help="Write what became of each file, as lines of JSON. Names of files may identify.")] = None,
    keep_names: Annotated[bool, typer.Option(help="Keep names of files and folders, instead of naming them by their new UIDs.")] = False,
    overwrite: Annotated[bool, typer.Option(help="Overwrite files that exist.")] = False,
) -> None:
    """De-identify files. Ends with 1 when a file was not written."""
    program = _parsed(script, language, record)
    files = files_below(source)
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise Invalid(f"{target} lies in {source}: its files would be taken for input. Choose another folder.")
    order = Order(_text(script), program.language, record, _key(key_file), project, _pairs(variables, project), _table(lookup, program),
                  {name: value or "" for name, value in _pairs(config, "").items()}, source, target, keep_names, overwrite, bool(record),
                  report is not None)
    reasons: Counter[str] = Counter()
    with report.open("w", encoding="utf-8") if report is not None else nullcontext() as stream:
        write = report_to(stream)
        with typer.progressbar(length=len(files), file=sys.stderr, hidden=not sys.stderr.isatty(), label="De-identifying") as bar:
            def told(done: Done) -> None:
                write(done)
                if done.status not in ("written", "unchanged", NO_DICOM):
                    reasons[f"{done.status}: {done.reason}"] += 1
                bar.update(1)

            sums = run_all(order, files, processes=1 if "@integer" in order.script else processes, told=told)
    print(", ".join(f"{number} {status}" for status, number in sorted(sums.items(), key=lambda each: each[0] != "written")) or "no files")
    for reason, number in reasons.most_common():
        print(f"{number:>6} {reason}")
    if key_file is None:
        print("No key was given: new UIDs and pseudonyms agree within this run, and with no other.", file=sys.stderr)
    raise typer.Exit(1 if reasons or not files else 0)


@app.command()
def explain(script: Script, language: Language = None) -> None:
    """Say in words what a script does, with the standard's names."""
    from scanhouse.deid.explaining import explained

    print(explained(_parsed(script, language)))


@app.command()
def diff(
    script: Script,
    files: Annotated[list[Path], typer.Argument(help="Files to try the script on; nothing is written.")],
    language: Language = None,
    key_file: KeyFile = None,
    project: Project = "",
    lookup: Lookup = None,
    variables: Variables = None,
    values: Annotated[bool, typer.Option(help="Show values before and after. They may identify.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what a script would do to each element of some files."""
    from scanhouse.deid.engine import run as run_program
    from scanhouse.deid.part10 import read

    program = _parsed(script, language)
    context = _context(program, key_file, project, lookup, variables)
    failed = False
    for file in (each for place in files for each in files_below(place) if looks_like_dicom(each)):
        try:
            outcome = run_program(program, read(file.read_bytes()), context)
            print(f"{file}: {outcome.json(values=values) if as_json else outcome.text(values=values)}\n")
        except ScanhouseError as error:
            failed = True
            print(f"{file}: refused: {error}\n")
    raise typer.Exit(1 if failed else 0)


@app.command()
def coverage(
    script: Script,
    folder: Annotated[Path, typer.Argument(help="A collection like the one the script is for.")],
    language: Language = None,
    key_file: KeyFile = None,
    project: Project = "",
    lookup: Lookup = None,
    variables: Variables = None,
    most: Annotated[int, typer.Option(help="Lines of the list of elements at risk.")] = 40,
) -> None:
    """List the elements that a collection has, what became of them, and which of those that stay may identify, the likeliest first."""
    from scanhouse.deid.coverage import Coverage
    from scanhouse.deid.engine import run as run_program
    from scanhouse.deid.part10 import read

    program = _parsed(script, language)
    context = _context(program, key_file, project, lookup, variables)
    found = Coverage()
    for file in filter(looks_like_dicom, files_below(folder)):
        try:
            found.add(run_program(program, read(file.read_bytes()), context))
        except ScanhouseError as error:
            found.objects["refused"] += 1
            print(f"{file}: {error}", file=sys.stderr)
    print("Objects: " + ", ".join(f"{number} {status}" for status, number in found.objects.items()))
    print("Elements: " + ", ".join(f"{number} {kind}" for kind, number in found.sums().items()))
    print("\nWhat stays and may identify:")
    for met in found.ranked()[:most]:
        print(f"{met.risk:>4} {met.path} {met.name or '?'} {met.vr}: in {met.staying} objects, {len(met.values)} values: {met.reasons}")


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="A folder of conformance vectors.")]) -> None:
    """Run conformance vectors; ends with 0 only when all hold."""
    from scanhouse.deid.vectors import check as check_vectors

    report = check_vectors(folder)
    print(report.text())
    raise typer.Exit(0 if report.ok else 1)


def _parsed(script: Path, language: str | None, script_id: str = "") -> Program:
    from scanhouse.deid.languages import parse

    program = parse(_text(script), language, script_id=script_id)
    for warning in program.warnings:
        print(f"{script}: {warning}", file=sys.stderr)
    return program


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise Invalid(f"{file} is no text in UTF-8 ({type(error).__name__}).") from None


def _context(program: Program, key_file: Path | None, project: str, lookup: Path | None, variables: list[str] | None) -> Context:
    from datetime import datetime

    from scanhouse.deid.context import Context

    return Context(variables=_pairs(variables, project), lookup=_table(lookup, program), key=_key(key_file), project=project, now=datetime.now())


def _key(file: Path | None) -> bytes:
    if file is None:
        return secrets.token_bytes(32)
    if not file.is_file():
        raise NotFound(f"There is no key file {file}. Make one, for instance with `openssl rand -hex 32`, and keep it as you keep the data.")
    key = file.read_bytes().strip()
    if len(key) < SHORTEST_KEY:
        raise Invalid(f"The key in {file} is shorter than {SHORTEST_KEY} bytes and could be guessed. Make a longer one.")
    return key


def _pairs(given: list[str] | None, project: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {"project": project} if project else {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise Invalid(f"{pair!r} is not NAME=VALUE.")
        found[name] = value
    return found


def _table(file: Path | None, program: Program) -> dict[str, str] | None:
    if file is None:
        return None
    if program.language.startswith("ctp"):
        from scanhouse.deid.ctp.lookup import parse_lookup as parse_properties

        return parse_properties(_text(file))
    from scanhouse.deid.lookup import parse_lookup

    return parse_lookup(_text(file))
