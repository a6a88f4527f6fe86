"""How values are read, checked and written."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.schema import values
from scanhouse.schema.values import ValueType

READ = [
    (ValueType.STRING, " kept as it is ", " kept as it is "),
    (ValueType.INTEGER, " 12 ", 12),
    (ValueType.INTEGER, "-9223372036854775807", -(2**63 - 1)),
    (ValueType.FLOAT, "70", 70.0),
    (ValueType.FLOAT, "1.5e-3", 0.0015),
    (ValueType.BOOLEAN, "1", True),
    (ValueType.BOOLEAN, "FALSE", False),
    (ValueType.DATE, "2024-02-29", "2024-02-29"),
    (ValueType.DATE, "2024-02-29Z", "2024-02-29"),
    (ValueType.TIME, "09:37:11", "09:37:11"),
    (ValueType.TIME, "09:37:11.500000", "09:37:11.5"),
    (ValueType.DATETIME, "2020-01-01 01:02:03", "2020-01-01T01:02:03"),
    (ValueType.DATETIME, "2020-01-01T01:02:03Z", "2020-01-01T01:02:03"),
    (ValueType.DATETIME, "2020-01-01T01:02:03.000", "2020-01-01T01:02:03"),
    (ValueType.DATETIME, "2020-01-01T01:02:03+02:00", "2019-12-31T23:02:03"),
    (ValueType.DURATION, "PT1H30M", "PT1H30M"),
    (ValueType.JSON, '{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
    (ValueType.JSON, r'"\\\\u0000"', r"\\u0000"),
]
REFUSED = [
    (ValueType.STRING, "bell \x07"), (ValueType.STRING, "half a pair \ud800"), (ValueType.INTEGER, "12.5"), (ValueType.INTEGER, "9" * 19),
    (ValueType.INTEGER, "١٢"), (ValueType.INT, "2147483648"), (ValueType.FLOAT, "NaN"), (ValueType.FLOAT, "1e999"),
    (ValueType.FLOAT, "0x10"),
    (ValueType.FLOAT, "1_000"), (ValueType.BOOLEAN, "yes"), (ValueType.DATE, "2001"), (ValueType.DATE, "2023-02-29"),
    (ValueType.DATE, "20230228"), (ValueType.TIME, "25:00:00"), (ValueType.TIME, "10:00"), (ValueType.DATETIME, "2020-01-01"),
    (ValueType.DATETIME, "0001-01-01T00:00:00+14:00"), (ValueType.DURATION, "P"), (ValueType.DURATION, "1 hour"), (ValueType.JSON, "{"),
    (ValueType.JSON, "[" * 100_000), (ValueType.JSON, '"\\u0000"'),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_a_text_is_read_as_its_kind(kind, text, value):
    assert values.parse(kind, text) == value and type(values.parse(kind, text)) is type(value)


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_text_that_is_not_of_its_kind_is_refused(kind, text):
    with pytest.raises(ValueError, match=r"."):
        values.parse(kind, text)


@pytest.mark.parametrize("kind", ValueType)
def test_a_blank_text_is_no_value(kind):
    assert values.parse(kind, " \n") is None


@pytest.mark.parametrize(("kind", "value"), [
    (ValueType.STRING, 5), (ValueType.INTEGER, 1.0), (ValueType.INTEGER, True), (ValueType.FLOAT, float("inf")), (ValueType.BOOLEAN, 1),
    (ValueType.DATE, 20240101), (ValueType.FLOAT, [1.0]), (ValueType.JSON, {1, 2}), (ValueType.JSON, float("nan")),
    (ValueType.INTEGER, 2**63),
])
def test_a_value_of_another_json_type_is_refused(kind, value):
    with pytest.raises(ValueError, match=r"."):
        values.check(kind, value)


def test_an_integer_becomes_a_number_with_a_point_in_a_float_field():
    assert isinstance(values.check(ValueType.FLOAT, 70), float)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_of_a_float_is_read_again_bit_for_bit(value):
    assert values.parse(ValueType.FLOAT, values.write(ValueType.FLOAT, value)) == value


@given(st.text())
def test_a_cleaned_text_can_be_kept(text):
    cleaned = values.clean(text)
    assert values.parse(ValueType.STRING, cleaned) in (cleaned, None)
