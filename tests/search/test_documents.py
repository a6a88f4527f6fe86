"""Search documents are read within bounds, and written so that reading them again gives the same."""
from __future__ import annotations

import pytest

from scanhouse.schema.errors import BadXml
from scanhouse.search import documents
from scanhouse.search.documents import Criterion, NotASearch, SearchDocument, Shown, Together

HEAD = '<xdat:bundle xmlns:xdat="http://nrg.wustl.edu/security" ID="X"><xdat:root_element_name>xnat:mrSessionData</xdat:root_element_name>'
DOCUMENT = SearchDocument(
    "xnat:mrSessionData",
    (Shown("xnat:mrSessionData", "LABEL", "string", "Label <1>"),
     Shown("xnat:subjectData", "SUB_PROJECT_IDENTIFIER=P", "string", "Subject", "P", False)),
    (Together("AND", (Criterion("xnat:mrSessionData/date", ">", "2020-01-01"),
                      Together("OR", (Criterion("xnat:mrSessionData.LABEL", "LIKE", "%a&b%"), Criterion("xnat:mrSessionData/note", "IS NULL"))))),),
    sort=("xnat:mrSessionData", "DATE"), id="mine", brief_description='"Mine"', tag="P", secure=True, allow_diff_columns=False, users=("ann",),
)


def criterion(text: str = "") -> str:
    return f'<xdat:search_where method="AND">{text}</xdat:search_where>'


def test_a_document_is_the_same_after_it_was_written_and_read():
    assert documents.parse(documents.to_xml(DOCUMENT)) == DOCUMENT


def test_the_prefix_that_clients_look_for_is_written():
    assert b"<xdat:bundle ID=" in documents.to_xml(DOCUMENT)


def test_fields_are_shown_in_the_order_of_their_numbers():
    fields = "".join(f"<xdat:search_field><xdat:field_ID>{id}</xdat:field_ID><xdat:sequence>{n}</xdat:sequence></xdat:search_field>"
                     for id, n in (("DATE", 1), ("LABEL", 0)))
    assert [one.field for one in documents.parse(f"{HEAD}{fields}</xdat:bundle>".encode()).fields] == ["LABEL", "DATE"]


def test_blanks_around_a_comparison_mean_nothing():
    text = criterion("<xdat:criteria><xdat:schema_field>xnat:mrSessionData.LABEL</xdat:schema_field>"
                     "<xdat:comparison_type> LIKE </xdat:comparison_type><xdat:value>%a%</xdat:value></xdat:criteria>")
    (found,) = documents.criteria(documents.parse(f"{HEAD}{text}</xdat:bundle>".encode()).where)
    assert found.comparison == "LIKE"


@pytest.mark.parametrize("document", [
    "<other/>", '<xdat:bundle xmlns:xdat="x"/>', f"{HEAD}<xdat:search_field/></xdat:bundle>",
    HEAD + criterion("<xdat:child_set>" * 20 + "</xdat:child_set>" * 20) + "</xdat:bundle>",
    HEAD + criterion("<xdat:criteria/>" * 2001) + "</xdat:bundle>",
], ids=["another root", "no type", "a field without a name", "nested too deep", "too many conditions"])
def test_what_is_no_search_is_refused(document):
    with pytest.raises(NotASearch):
        documents.parse(document.encode())


@pytest.mark.parametrize("document", ["no xml", "<!DOCTYPE a []><bundle/>"])
def test_what_is_no_plain_xml_is_refused(document):
    with pytest.raises(BadXml):
        documents.parse(document.encode())
