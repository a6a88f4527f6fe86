"""Throws damaged objects and damaged scripts at the de-identification engine until the time is up.

    python fuzz/deid.py --seconds 60 [--seed 1] [--corpus DIR ...]

The law: an outcome or an error of ours, soon; the input stays as it was; what may be stored can be written and read back. The corpus
is pydicom's own test files, and any folders named. An input that fails is written to fuzz/findings/.
"""
from __future__ import annotations

import argparse
import logging
import random
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from pydicom.data import get_testdata_files

from fuzz.dicom import FINDINGS, damaged
from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import ScriptError
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import read, written

MAX_SECONDS = 5.0
"""For one object: reading, one script, writing and reading again."""
MAX_BYTES = 200_000
SIX = '''version "6.7"
*/(0010,0010) ?= "ANON"
(0010,0020) := format["{0}-{1}", hashUID[(0010,0020)], "x"]
-*/(0008,103X)
hashUIDList[{(0020,000D), */(0008,1155), (0008,0018)}]
blankValues[(0008,0090), collectValues[*/(0008,1030)]]
retainPrivateTags[*/(0019,{SIEMENS MR HEADER}XX)]
(0008,0020) ~ "\\\\d{8}" ? (0008,0020) := shiftDateByIncrement[(0008,0020), -37] : -(0008,0020)
if (isPresent[(0040,0275)[0]/(0040,0009)] ) { (0040,0275)[1]/(0019,{ACME}01) := "new" } else { set["(0045,1001)", "Größe 山"] }
scalePatientAgeAndDobFromStudyDate[]
'''
FOUR = '(0010,00XX) := "{0}_{1}" (0010,0020), (0008,0060)\n-(0008,00XX)\n(0008,0018) := new UID\n(0008,0060) ~ "M." : -(0019,XXXX)\n'
CTP = """<script>
<p t="ROOT">1.2.3</p><p t="DAYS">-37</p>
<e en="T" t="00080018" n="SOPInstanceUID">@hashuid(@ROOT,this,PatientID)</e>
<e en="T" t="00080020" n="StudyDate">@incrementdate(this,@DAYS)</e>
<e en="T" t="00080021" n="">@hashdate(this,PatientID)</e><e en="T" t="00080030" n="">@modifydate(StudyDate,*,1,1)</e>
<e en="T" t="00081030" n="">@contents(this,"[A-Z]+|(\\d)","$1x")</e><e en="T" t="00081140" n="">@process()</e>
<e en="T" t="00081110" n="">@if(this,exists){@process()}{@remove()}</e><e en="T" t="00080005" n="">@remove()</e>
<e en="T" t="00100010" n="PatientName">@initials(this,3)-@truncate(PatientID,-4) Größe @append(){\\@x}</e>
<e en="T" t="00100020" n="PatientID">@if(this,matches,"(a*)*b"){@hash(this,8)}{@integer(this,ptid,5)}</e>
<e en="T" t="00101010" n="">@round(this,5)</e><e en="T" t="00120062" n="">@always()YES</e><e en="T" t="00120064" n="">reset/113100</e>
<e en="T" t="0019[SIEMENS MR HEADER]0C" n="B">@encrypt(this,key)</e><e en="T" t="00280010" n="">@select(){@keep()}{7}</e>
<k en="T" t="safeprivateelements"/><k en="T" t="0018"/><r en="T" t="privategroups"/><r en="T" t="overlays"/>
</script>
"""
FILTER = '!(Modality.equals("MR") + [0008,0008].contains("DERIVED")) * RefImageSeq::RefSOPInstanceUID.matches("(1|2|\\.)*") // all\n'
PIXEL = 'US\n{ Modality.equals("US") + true. } (0,0,3,3) (-4,-3,2,1)\n{ Modality.equals("CT") } (1,1,1,1)\n'
SCRIPTS = ((SIX, "dicomedit6"), (FOUR, "dicomedit4"), (CTP, "ctp"), (FILTER, "ctp-filter"), (PIXEL, "ctp-pixel"))
BITS = ["", "[", "]", "(", ")", "{", "}", '"', "\\", "\n", ",", "X", "*/", "9", ":=", "~", "é", "\0", "@", "<", ">", "&", "@if(", "+", "!"]


def corpus(folders: list[Path]) -> list[bytes]:
    """Files of at most `MAX_BYTES`: larger ones differ in pixels only."""
    files = [Path(name) for name in get_testdata_files("*.dcm")] + [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return [file.read_bytes() for file in files if file.stat().st_size <= MAX_BYTES]


def bent(script: str, rng: random.Random) -> str:
    """Every second script as it is, the others with up to three places changed."""
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        at = rng.randrange(len(script))
        script = script[:at] + rng.choice(BITS) + script[at + rng.randrange(4):]
    return script


def tried(data: bytes, script: str, language: str) -> str:
    """The name of what happened; anything but an error of ours escapes."""
    try:
        program = parse(script, language)
    except ScriptError as error:
        return f"{language} {type(error).__name__}"
    try:
        dataset = read(data)
        outcome = run(program, dataset, Context(steps=500_000))
        if outcome.dataset is None:
            return f"{language} {outcome.status}"
        outcome.json()
        once = written(read(written(outcome.dataset)))
        assert written(read(once)) == once, "what was written does not read back the same"
    except ScriptError as error:
        return f"{language} run {type(error).__name__}: {' '.join(error.what.split()[:4])}"
    return f"{language} ok"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--corpus", type=Path, nargs="*", default=[])
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    rng, files, outcomes, failures, slowest = random.Random(chosen.seed), corpus(chosen.corpus), Counter[str](), 0, 0.0
    end = time.monotonic() + chosen.seconds
    while time.monotonic() < end:
        data, (script, language) = damaged(rng.choice(files), rng), rng.choice(SCRIPTS)
        script, began, problem = bent(script, rng), time.process_time(), ""
        try:
            outcomes[tried(data, script, language)] += 1
        except Exception:
            problem = traceback.format_exc()
        took = time.process_time() - began
        slowest = max(slowest, took)
        if problem or took > MAX_SECONDS:
            failures += 1
            FINDINGS.mkdir(exist_ok=True)
            name = FINDINGS / f"deid-{chosen.seed}-{failures}"
            name.with_suffix(".bin").write_bytes(data)
            name.with_suffix(".txt").write_text(f"{script}\n\n{problem or f'{took:.1f} s'}\n")
            print(f"{name}: {problem.strip().splitlines()[-1] if problem else f'{took:.1f} s'}")
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:8} {outcome}")
    print(f"{failures} failures, slowest input {slowest * 1000:.0f} ms")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
