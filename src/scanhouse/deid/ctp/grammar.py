"""The grammar of CTP's languages and what there is to know besides, for their reference page."""
from scanhouse.deid.ctp.comparisons import METHODS

TITLE = "RSNA CTP: anonymizer, filter and pixel scripts"

RUNNING = """\
An anonymizer script has a script for each element that it speaks of. Order has no meaning: scripts read the original object, and
what they give goes to the copy. Two passes: first, elements that are missing are inserted where their script begins with
`@always()`; then each element of the root is decided on. Items of a sequence are looked at only where its script says `@process()`.
The functions below are called with an @ before their name.

Errors in the text are found when the script is loaded and name line and column. What CTP would carry out although it is wrong
(a function or keyword that does not exist, a call that does not end) is done as CTP does it, with a warning; loaded strictly, it is
an error. An object for which a script fails must not be stored or sent; the input stays as it was.

A filter script is one expression, true or false. A pixel script is text in which each expression in braces is a signature, and the
regions after it, up to the next brace, are what it blanks."""

GRAMMAR = """\
file        = "<script>" { parameter | element | keep | remove } "</script>" ;
parameter   = '<p t="NAME">' value "</p>" ;
element     = '<e en="T" t="' tag '" n="name">' script "</e>" ;
keep        = '<k en="T" t="' ( "gggg" | "safeprivateelements" ) '">' … "</k>" ;
remove      = '<r en="T" t="' ( "privategroups" | "unspecifiedelements" | "overlays" | "curves" ) '">' … "</r>" ;
tag         = "ggggeeee" | "gggg[CREATOR]ee" | "gggg00[CREATOR]" ;

old form    = { "param." NAME "=" value | "set.[gggg,eeee]" name "=" script | "keep.group" gggg "=" | "keep.safeprivateelements="
              | "remove." switch "=" } ;               (* Java properties; # before a line switches it off *)

script      = { TEXT | "\\\\" SIGN | call } ;
call        = "@" NAME "(" [ argument { "," argument } ] ")" { "{" script "}" } ;
argument    = TEXT | '"' TEXT '"' | "@" NAME | "$" NAME | name ;
name        = [ "root:" ] single { "::" single } ;
single      = "this" | KEYWORD | "ggggeeee" | "[gggg,eeee]" | "(gggg,eeee)" | "gggg[CREATOR]ee" | "[gggg,[CREATOR]ee]" ;

filter      = and { "+" and } ;
and         = unary { "*" unary } ;
unary       = "!" unary | "(" filter ")" | "true." | "false." | comparison ;
comparison  = name "." METHOD '("' TEXT '")' ;          (* comments run from // to the end of the line *)

pixels      = { TEXT } { "{" filter "}" { TEXT | "(" x "," y "," width "," height ")" } } ;"""

_METHOD_ROWS = "\n".join(f"| `{method.signature}` | {method.doc} |" for method in METHODS.values())

NOTES = f"""\
## What becomes of an element

The first line that fits:

| element | what is done |
|---|---|
| a digital signature or padding after the pixels | removed |
| private, without script, not protected, `privategroups` on | removed |
| without script, not protected, `unspecifiedelements` on | removed |
| in an overlay group 60xx, `overlays` on | removed, even with a script |
| with a script | by what the script gives |
| any other | stays |

Protected are: the character set (0008,0005), SOP class, SOP instance and study; groups 0028 and 7FE0; groups with a keep node;
private creators and safe private elements where `safeprivateelements` are kept; overlays without `overlays`; curves without `curves`.
Safe private elements are those of PS3.15 table E.3.10-1, further ones that CTP knows, and the site's own: the attribute
`safePrivateElements` of the stage, one `gggg[CREATOR]ee` a line.

| the script gives | what is done |
|---|---|
| `@remove()` anywhere | the element is removed |
| `@process()` | a sequence is kept and its items are decided on |
| `@keep()` alone | it stays as it is |
| `@empty()` alone, or nothing | it becomes empty |
| `@blank(n)` first | n blanks |
| other text | that, without blanks around it; backslashes separate values |

The element keeps its VR; a new one gets the dictionary's, a private one LO, an unknown one SH. (0012,0064) is special: its script
gives codes such as `113100/113107`, for each of which an item is appended, also where the sequence is missing; `reset` begins anew.
An object without a character set is declared ISO_IR 100. File meta information keeps nothing of the sender.

## Names of elements

Keywords are those of the standard, or of dcm4che, as CTP has them: `Seq` for Sequence, `Ref` for Referenced, `AET` for AETitle,
`PPS` and `SPS` for the procedure steps, and some of their own, such as `OperatorName`. `A::B` is B in the first item of A. `root:A` is A
in the object's root, for scripts that run in an item. Names that the script gives to private elements (`n`) are names here too.

## Lookup table

Java properties, `keyType/key = value`, UTF-8. Blanks, colons and equals signs within keys have a backslash before them. A value
`@keyType/key` leads on to another entry, at most ten times. Case matters.

## Methods of filter expressions

A missing element is the empty text. Several values are joined by backslashes.

| written | holds when |
|---|---|
{_METHOD_ROWS}

An expression that cannot be understood is false. `!` binds closer than `*`, and `*` closer than `+`.

## Regions of pixel scripts

x and y count from the left and the top, negative ones from the right and the bottom. One column and one row more than width and
height are blanked, as CTP does, in every frame and sample; what lies outside the image is left out. The first signature that holds
decides, also when it has no regions. The stage's attributes: `setBurnedInAnnotation="yes"` sets (0028,0301) to NO where something was
blanked; `unmatched="quarantine"` sends pictures without signature aside whose modality is at risk, `"quarantine all"` every picture."""
