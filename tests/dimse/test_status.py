from __future__ import annotations

import pytest

from scanhouse import errors
from scanhouse.dimse import status


@pytest.mark.parametrize(("error", "code"), [
    (errors.Busy("later"), 0xA700),
    (errors.Invalid("what"), 0xC000),
    (status.DataSetMismatch("other class"), 0xA900),
    (status.NotAnInstance("no uid"), 0x0117),
    (status.NotStorable("echo context"), 0x0122),
    (errors.Forbidden("no"), 0x0124),
    (errors.Conflict("stands"), 0xC100),
    (errors.NotFound("where"), 0xC200),
    (errors.Broken("disk"), 0x0110),
    (errors.ScanhouseError("other"), 0x0110),
])
def test_each_kind_of_error_has_a_status_and_its_own_words(error, code):
    assert status.of(error) == (code, str(error))


def test_a_subclass_is_answered_as_its_kind():
    class Full(errors.Busy):
        pass
    assert status.of(Full("disk full")).code == 0xA700


def test_every_kind_of_error_has_a_row_of_its_own():
    kinds = {errors.NotFound, errors.Forbidden, errors.Invalid, errors.Conflict, errors.Busy, errors.Broken}
    assert kinds <= {kind for kind, _, _ in status.STATUSES}


def test_no_row_is_hidden_by_one_above():
    for index, (kind, _, _) in enumerate(status.STATUSES):
        assert not any(issubclass(kind, above) for above, _, _ in status.STATUSES[:index])
