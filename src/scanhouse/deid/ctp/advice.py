"""What a script does that its author may not know: gaps of CTP's rules, told when the script is loaded."""
from __future__ import annotations

from collections.abc import Iterator

from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.rules import Anonymizer, Script
from scanhouse.deid.ctp.scripts import calls_in
from scanhouse.deid.values import known_vr


def advise(policy: Anonymizer, faults: Faults) -> None:
    """Append the advice; it is never an error, since each can be meant."""
    for warning in _advice(policy):
        faults.advise(warning)


def _advice(policy: Anonymizer) -> Iterator[str]:
    switches = policy.switches
    if switches.private_groups and not switches.unspecified:
        yield "Sequences without a script stay, and private elements within them too: give each a script with @process(), or @remove()."
    if switches.private_groups or switches.unspecified:
        for tag, script in sorted(policy.scripts.items()):
            if known_vr(tag, None) == "SQ" and _keeps(script) and tag != 0x00120064:
                yield (f"line {script.line}: the sequence ({tag >> 16:04X},{tag & 0xFFFF:04X}) is kept but nothing within it is looked at: "
                       "use @process().")
    if switches.curves and not switches.unspecified:
        yield "Curves stay: the rule for curves only lets the rule for unspecified elements remove them, which is not there."
    if switches.private_groups and not switches.keep_safe:
        for (group, creator, low), script in sorted(policy.private.items()):
            if (group, creator) not in policy.creators and group not in switches.keep_groups and not _removes(script):
                yield (f"line {script.line}: ({group:04X},[{creator}]{low:02X}) stays but its private creator goes, so that nobody knows what "
                       f"it is: add a script for {group:04X}00[{creator}].")
    for script in (*policy.scripts.values(), *policy.private.values(), *policy.creators.values()):
        line, used = script.line, {call.function.name for call in calls_in(script.expression)}
        if "skip" in used:
            yield f"line {line}: @skip() passes the object on with all that identifies the patient."
        if "always" in used and script.first_calls[:1] != ("always",):
            yield f"line {line}: @always() inserts only as the very first call of a script."


def _keeps(script: Script) -> bool:
    """Whether a sequence stays as it is by this script, its items unseen."""
    used = {call.function.name for call in calls_in(script.expression)}
    return bool(used & {"keep", "require"}) and "process" not in used


def _removes(script: Script) -> bool:
    return any(call.function.name == "remove" for call in calls_in(script.expression))
