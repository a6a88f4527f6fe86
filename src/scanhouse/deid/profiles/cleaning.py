"""Cleaning free text (C of PS3.15 table E.1-1a): only words that describe imaging stay, and no word that also occurs in a name of the object.

Allowing words is the only way that is sure: nobody can list what may identify. Words come from the standard's own dictionary and codes,
and from a short list of what is written in descriptions of protocols.
"""
from __future__ import annotations

import re
from functools import cache
from typing import Final

from pydicom import Dataset
from pydicom._dicom_dict import DicomDictionary

from scanhouse.deid.elements import MAX_DEPTH, items_of
from scanhouse.deid.fastpath.elements import contents_of
from scanhouse.deid.values import text_of, vr_of

_WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_MEASURE: Final = re.compile(r"\d{1,3}(mm|cm|ms|s|sec|min|kv|kvp|mas|ma|x|d|t|deg|hz|fps|nm)?", re.IGNORECASE)
"""Up to three digits, with a unit: thickness and times. Longer numbers may be dates or identifiers."""

_BETWEEN: Final = re.compile(r"[ ,.;:/+*_()<>=-]{0,3}")

_IMAGING: Final = """
    t1 t2 t1w t2w t2star pd flair dwi dti adc fa epi bold fmri swi mra mrv tof mprage mp2rage spgr fspgr bravo vibe lava thrive space
    cube vista haste tse fse se gre ge ir stir spair fatsat fs gd gad post pre asl perf perfusion mip mpr minip recon reformat localizer
    localiser scout survey topogram axial ax sag sagittal cor coronal obl oblique tra transverse lat lateral ap pa lao rao cc mlo rl lr
    hf fh head neck chest thorax abdomen abd pelvis pel spine brain skull sinus orbit orbits ear iac tmj shoulder elbow wrist hand
    finger hip knee ankle foot toe leg arm femur tibia humerus forearm lung lungs liver kidney kidneys spleen pancreas heart cardiac
    aorta carotid artery vein vessel breast prostate uterus bladder bowel colon bone soft tissue wo w with without contrast iv oral
    delayed arterial venous portal phase phases thin thick slab slices slice series study scan exam image images volume dynamic static
    rest stress gated resp breath hold bh trigger left right bilateral upper lower whole body wb fdg pet ct mr mri us cr dx mg nm pt
    spect xa rf ultrasound mammogram mammography screening diagnostic follow up baseline visit test phantom qa calibration field map
    fieldmap reference ref repeat motion corrected uncorrected ac nac rpca lossless low high dose resolution hr res iso cine task run
    dir dirs b0 b1000 mb sms grappa sense arc echo multiecho spectroscopy mrs csi wip std standard routine protocol kernel soft sharp
    smooth b30f b60f fetus fetal obstetric echo doppler color colour duplex view views chamber valve none no yes and or of
    the for to at in on by from
"""
"""What is written in descriptions of protocols, in lower case."""
_ALSO_NAMES: Final = frozenset(("brown", "white", "rose", "mark", "may", "mr", "jack", "bell", "fields", "stone"))
"""Words of the dictionary and the codes that are more often somebody's name than needed in a description."""


@cache
def vocabulary() -> frozenset[str]:
    """Words, in lower case, that may stay."""
    from pydicom.sr._concepts_dict import concepts as schemes  # 2 MB of codes: loaded only where text is cleaned

    concepts: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = schemes  # type: ignore[assignment]  # pydicom gives it no type
    words = {word.lower() for entry in DicomDictionary.values() for word in _WORD.findall(entry[2]) if not word.isdecimal()}
    # Words that the codes write in lower case somewhere: those of which it never does so are names of people (Smith fracture).
    words |= {word for scheme in concepts.values() for meanings in scheme.values() for code in meanings.values()
              for word in _WORD.findall(code[0]) if word.islower() and not any(sign.isdecimal() for sign in word)}
    return frozenset(word for word in words - _ALSO_NAMES if len(word) > 1) | frozenset(_IMAGING.split())


def cleaned(text: str, forbidden: frozenset[str]) -> str:
    """The text with only its allowed words, and the signs between words that both stay."""
    allowed, parts = vocabulary(), []
    for found in _WORD.finditer(text):
        word = found[0].lower()
        if word not in forbidden and (word in allowed or _MEASURE.fullmatch(word)):
            parts.append(found)
    out, end = [], -1
    for found in parts:
        between = text[end:found.start()] if end >= 0 else ""
        out.append(between if _BETWEEN.fullmatch(between) else " ")
        out.append(found[0])
        end = found.end()
    return "".join(out).strip().replace("\\", "/")


def telling(names: frozenset[str]) -> frozenset[str]:
    """The words of names that are long enough to point at somebody wherever they stand."""
    return frozenset(word for word in names if len(word) >= 3 and (len(word) >= 5 or not word.isdecimal()) and word not in _DULL)


def tells(text: str, names: frozenset[str]) -> bool:
    """Whether a word of a name stands in the text."""
    return not names.isdisjoint(word.lower() for word in _WORD.findall(text))


def names_in(dataset: Dataset) -> frozenset[str]:
    """Every word of every person's name in the object, and its patient and accession identifiers: what cleaned text must not have."""
    words: set[str] = set()
    _gather(dataset, words, 0)
    return frozenset(words)


def _gather(holder: Dataset, words: set[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        return  # the walk that follows refuses the object
    for tag, entry in list(holder._dict.items()):
        vr = entry.VR or vr_of(entry, holder)
        if vr == "PN" or (vr in _NAMING and (tag in _IDENTIFIERS or vr_of(entry, holder) == "PN")):
            words.update(word.lower() for word in _WORD.findall(text_of(entry, holder) or ""))
        elif vr == "SQ" or vr == "UN":
            inside = contents_of(entry)
            if inside is not None and b"PN" not in inside.vrs and _IDENTIFIERS.isdisjoint(inside.tags):
                continue
            for item in items_of(holder, tag) or ():
                _gather(item, words, depth + 1)


_NAMING: Final = frozenset(("LO", "SH", "UN"))
"""VRs of identifiers, and that of names which some system did not know."""
_DULL: Final = frozenset(("anon", "anonymous", "anonymized", "unknown", "none", "test", "phantom", "patient", "the", "and"))
_IDENTIFIERS: Final = frozenset((0x00080050, 0x00100020, 0x00101000, 0x00101005, 0x00101060, 0x00380010))
