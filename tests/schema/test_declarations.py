"""The language of declarations."""
from __future__ import annotations

import pytest

from scanhouse.schema import declarations
from scanhouse.schema.errors import BadDeclaration
from scanhouse.schema.values import ValueType

EXAMPLE = """
abc:scoreData < xnat:subjectAssessorData as Score "Score" "Scores" key=label code=SC   # a comment
  total! integer 0..10 "Total score"
  rating {good|not so good} <=20
  weight float @units @side{left|right}
  answers/answer* text key=name @name!
  answers/answer/@seconds float
  @rater
"""


def test_a_type_and_its_fields_are_read():
    score, answer = declarations.read(EXAMPLE)
    assert (score.name, score.extends, score.proper_name, score.singular, score.plural, score.code, score.key) == (
        "abc:scoreData", "xnat:subjectAssessorData", "Score", "Score", "Scores", "SC", ("label",))
    total, rating, weight, answers, rater = score.nodes
    assert (total.kind, total.required, total.minimum, total.maximum, total.label) == (ValueType.INTEGER, True, 0, 10, "Total score")
    assert (rating.choices, rating.max_length) == (("good", "not so good"), 20)
    assert [(node.name, node.attribute, node.choices) for node in weight.children] == [
        ("units", True, ()), ("side", True, ("left", "right"))]
    assert rater.attribute and rater.kind is ValueType.STRING
    assert answers.kind is None
    (listed,) = answers.children
    assert (listed.repeated, listed.item) == (True, "abc:scoreData_answer")
    assert (answer.name, answer.anonymous, answer.content.kind) == ("abc:scoreData_answer", True, ValueType.TEXT)
    assert [(node.name, node.required, node.kind) for node in answer.nodes] == [
        ("name", True, ValueType.STRING), ("seconds", False, ValueType.FLOAT)]


@pytest.mark.parametrize("text", [
    "scoreData\n  total", "abc:score Data", "abc:scoreData\n  total intger", "abc:scoreData\n  a//b", "abc:scoreData\n  <script>",
])
def test_what_says_nothing_is_refused(text):
    with pytest.raises(BadDeclaration):
        declarations.read(text)
