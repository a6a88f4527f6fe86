"""`scanhouse`: one command with a noun for each part. Modules are loaded when their command is used, so that help is quick."""
from __future__ import annotations

import difflib
import importlib
import sys

from scanhouse import __version__
from scanhouse.cli.exit_codes import of
from scanhouse.errors import ScanhouseError

COMMANDS = {
    "up": ("scanhouse.cli.up", "Start everything on this machine and print where it listens."),
    "web": ("scanhouse.cli.web", "The web process: pages, XNAT's wire, DICOMweb."),
    "dicom": ("scanhouse.cli.dicom", "The DICOM receiver."),
    "worker": ("scanhouse.cli.worker", "The worker: background jobs and the schedule."),
    "migrate": ("scanhouse.cli.migrate", "Bring the database to this version."),
    "user": ("scanhouse.cli.user", "Make accounts and set passwords."),
    "assets": ("scanhouse.cli.assets", "Build the front-end files, the OHIF viewer among them."),
    "demo": ("scanhouse.cli.demo", "Fill the project DEMO with studies to look at."),
    "deid": ("scanhouse.cli.deid", "De-identification: run, explain, compare, check."),
}


def main() -> None:
    """Entry point: errors of ours become a sentence and an exit code, anything else a traceback."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in ("--help", "-h", "help"):
        show_help()
    elif name == "--version":
        print(f"scanhouse {__version__}")
    elif name in COMMANDS:
        try:
            importlib.import_module(COMMANDS[name][0]).app(rest, prog_name=f"scanhouse {name}")
        except ScanhouseError as error:
            print(f"scanhouse: {error}", file=sys.stderr)
            sys.exit(of(error))
    else:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        print(f"scanhouse: there is no command {name!r}." + (f" Did you mean `scanhouse {near[0]}`?" if near else " See `scanhouse --help`."),
              file=sys.stderr)
        sys.exit(64)


def show_help() -> None:
    """What the program is for, its commands in the order in which one meets them, and how to learn more."""
    print("Scanhouse archives, shows and analyses research imaging.\n\nUsage: scanhouse COMMAND [OPTIONS]\n\nCommands:")
    for name, (_, summary) in COMMANDS.items():
        print(f"  {name:<9} {summary}")
    print("\nStart with `scanhouse up`. `scanhouse COMMAND --help` tells more of each. `scanhouse --version` says which version this is.")


if __name__ == "__main__":
    main()
