"""Random objects, paths and scripts for property tests."""
from __future__ import annotations

from hypothesis import strategies as st
from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag

from scanhouse.deid.values import element
from scanhouse.deid.vector_objects import reread

TEXTS = st.sampled_from(["", "A", "ID1", "Doe^John", "1.2.3", "20220101", "1", "a b", "Größe"])
PLAIN = {0x00080018: "UI", 0x00080020: "DA", 0x00080050: "SH", 0x00081030: "LO", 0x00081155: "UI", 0x00100010: "PN", 0x00100020: "LO",
         0x00104000: "LT", 0x00200013: "IS", 0x00200052: "UI"}
SEQUENCES = (0x00081110, 0x00081140, 0x00400275)
CREATORS = ("ACME", "OTHER")
VALUES = {"UI": st.sampled_from(["", "1.2.3", "1.2.4", "1.2.3\\1.2.4"]), "DA": st.sampled_from(["", "20220101", "19991231"]),
          "IS": st.sampled_from(["", "1", "12"])}


@st.composite
def datasets(draw: st.DrawFn, depth: int = 3) -> Dataset:
    """Up to four plain elements, private blocks with and without creator, and sequences with empty and filled items."""
    dataset = Dataset()
    for tag in draw(st.lists(st.sampled_from(sorted(PLAIN)), unique=True, max_size=4)):
        dataset._dict[BaseTag(tag)] = element(tag, PLAIN[tag], draw(VALUES.get(PLAIN[tag], TEXTS)))
    for block in draw(st.lists(st.sampled_from([0x10, 0x11, 0xFE]), unique=True, max_size=2)):
        creator = draw(st.sampled_from([*CREATORS, None]))
        if creator:
            dataset._dict[BaseTag(0x00190000 | block)] = element(0x00190000 | block, "LO", creator)
        for low in draw(st.lists(st.sampled_from([1, 2, 0x10]), unique=True, max_size=2)):
            tag = 0x00190000 | block << 8 | low
            if low == 2 and depth:
                dataset._dict[BaseTag(tag)] = DataElement(tag, "SQ", Sequence(draw(st.lists(datasets(depth - 1), max_size=2))))
            else:
                dataset._dict[BaseTag(tag)] = element(tag, "LO", draw(TEXTS))
    if depth:
        for tag in draw(st.lists(st.sampled_from(SEQUENCES), unique=True, max_size=2)):
            dataset._dict[BaseTag(tag)] = DataElement(tag, "SQ", Sequence(draw(st.lists(datasets(depth - 1), max_size=2))))
    return dataset


@st.composite
def files(draw: st.DrawFn) -> Dataset:
    """A random object, written and read back."""
    dataset = draw(datasets())
    dataset._dict[BaseTag(0x00080005)] = element(0x00080005, "CS", "ISO_IR 100")
    dataset._dict[BaseTag(0x00080018)] = element(0x00080018, "UI", "1.2.3.4")
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    return reread(dataset)


TAGS = st.one_of(
    st.sampled_from([f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in (*PLAIN, *SEQUENCES)]),
    st.sampled_from(["(0008,XXXX)", "(0010,00X@)", "(0008,115#)", "(00X@,0020)", "(0019,{ACME}XX)", "(0019,{ACME}01)", "(0019,{OTHER}02)",
                     "(0019,{ACME}0@)", "(0008,111X)"]))


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A path with level wildcards and items anywhere but at its end."""
    sequences = st.sampled_from(["(0008,1110)", "(0008,1140)", "(0040,0275)", "(0019,{ACME}02)", "(0008,11XX)"])
    levels = st.one_of(st.sampled_from(["*", "+", "."]), st.tuples(sequences, st.sampled_from(["", "[0]", "[1]", "[%]"])).map("".join))
    return "/".join([*draw(st.lists(levels, max_size=3)), draw(TAGS)])


SCRIPT_PIECES = st.sampled_from([
    "(0010,0010)", "(0008,103X)", "*/(0008,1155)", "(0019,{ACME}01)", "(0008,1110)[0]/(0008,1155)", '"A"', '"1.2.3"', '"a\\\\d"', "12", "-7", "x",
    "project", ":=", "?=", "=", "!=", "~", "!~", "?", ":", "-", ",", "[", "]", "{", "}", "(", ")", "*", "/", "%", "if", "elseif", "else", "echo",
    "hashUID[", "removeTags[", "blankValues[", "retainPrivateTags[", "removeAllPrivateTags", "isPresent[", "reject[]", "newUID[]", "\n", "\n", "\\\n",
    "// x\n", " ", '"', "\\", "\u00e9", "describe", "mapUID[", "set[", "delete[", "alterPixels[", "shiftDateByIncrement[", "true[]", "lookup["])
"""Pieces that make mostly wrong and sometimes right scripts."""
