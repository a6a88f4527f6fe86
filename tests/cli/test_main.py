"""The command line reads well and fails with a sentence."""
from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from scanhouse import errors
from scanhouse.cli.exit_codes import TABLE, of
from scanhouse.cli.main import COMMANDS


def scanhouse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "scanhouse.cli.main", *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(arguments: list[str]) -> None:
    answer = scanhouse(*arguments)
    assert answer.returncode == 0
    assert all(f"  {name}" in answer.stdout for name in COMMANDS)


def test_a_mistyped_command_is_answered_with_the_nearest_one() -> None:
    answer = scanhouse("dicmo")
    assert (answer.returncode, answer.stdout) == (64, "")
    assert "Did you mean `scanhouse dicom`?" in answer.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_explains_itself(name: str) -> None:
    module = importlib.import_module(COMMANDS[name][0])
    assert module.__doc__ and module.app is not None


def test_every_kind_of_error_has_an_exit_code_of_its_own() -> None:
    kinds = errors.ScanhouseError.__subclasses__()
    assert {errors.NotFound, errors.Forbidden, errors.Invalid, errors.Conflict, errors.Busy, errors.Broken} <= set(kinds)
    assert len(set(TABLE.values())) == len(TABLE)
    assert of(errors.Busy("later")) == 75
