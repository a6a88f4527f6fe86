"""The grammar of DicomEdit 6 and what there is to know besides, for its reference page."""

TITLE = "DicomEdit 6"

RUNNING = """\
A script is a row of statements. They run from top to bottom on a copy of the object, and each sees what the earlier ones did.
Its first statement names the version: `version "6.0"` to `version "6.7"`. The version switches nothing on or off. A script
without that line is a DicomEdit 4 script.

Comments run from `//` to the end of the line, except within a text in quotes or after a colon. A backslash at the very end of
a line joins the next line to it. Nothing else spreads over lines, but lists and the braces of blocks.

Errors in the text are found when the script is loaded and name line and column. A function that does not exist is a warning
then, and an error when the line runs. An object for which a line fails must not be stored; the input stays as it was."""

GRAMMAR = """\
script      = { NEWLINE | statement } ;
statement   = version | describe | export | "removeAllPrivateTags" | if | ternary | action ;
version     = "version" TEXT ;
describe    = "describe" NAME ( TEXT | "hidden" | "const" | "immutable" ) ;
export      = "export" NAME TEXT ;
ternary     = condition "?" action [ ":" action ] ;
if          = "if" "(" condition ")" block { "elseif" "(" condition ")" block } [ "else" block ] ;
block       = "{" { NEWLINE | statement } "}" ;
action      = path ":=" value | path "?=" value | NAME ":=" value | "-" path | function | "echo" [ value ] ;
condition   = value ( "=" | "!=" | "~" | "!~" ) value | function ;
value       = TEXT | NUMBER | NAME | path | function | list ;
function    = NAME "[" [ value { "," value } ] "]" ;
list        = "{" [ value { "," value } ] "}" ;
path        = { level "/" } element ;
level       = element | "*" | "+" | "." ;
element     = tag [ "[" ( ITEM | "%" ) "]" ] ;
tag         = "(gggg,eeee)" | "(gggg,{creator}ee)" ;"""

NOTES = """\
## Statements

| written | does |
|---|---|
| `path := value` | Gives the element the value, making what is missing on the way. An absent value does nothing. |
| `path ?= value` | The same for every element that the path names and that is there, also when it is empty. Makes nothing. |
| `name := value` | Gives the variable the value, now. A name without a value is an error where it is used. |
| `-path` | Removes what the path names. An item becomes empty but stays, so that the items after it keep their numbers. |
| `removeAllPrivateTags` | Removes every element of an odd group at every depth, creators too. |
| `condition ? action : action` | One action or the other. |
| `if (condition) { ... } elseif (condition) { ... } else { ... }` | The first block whose condition holds. |
| `describe`, `export` | For a user interface; no effect on the object. |
| `echo value` | A line in the log: the text, or the name of what is named, never its value. |

## Texts and numbers

A text stands in double quotes. Two backslashes are one; `\\n`, `\\r`, `\\t`, `\\f` are the usual signs; `\\(`, `\\)`, `\\b` and octal
numbers stay as they are, for regular expressions. Numbers are texts too. All values are texts: several values are joined by
one backslash, numbers are in decimal, AT is eight hex digits.

## Tag paths

| written | names |
|---|---|
| `(0008,0060)` | the element at the level where it stands |
| `(0008,103X)`, `(0018,901@)`, `(0018,901#)` | any digit, an even digit, an odd digit; never private creators |
| `(0008,1110)/(0008,1155)`, `(0008,1110)[%]/(0008,1155)` | in every item |
| `(0008,1110)[2]/(0008,1155)` | in the third item |
| `*/(0010,0010)` | at the root and at any depth |
| `+/(0010,0010)` | at any depth below the root |
| `./(0010,0010)` | exactly one level down |
| `(0019,{SIEMENS MR HEADER}0C)` | by its private creator, whatever block it has |

A path with a wildcard can name several elements: it cannot be read, nor assigned to with `:=`. A private tag names its creator
(a letter, then letters, digits, blanks and `- _ . :`); others are reached by `set` and `delete` with real tags.

## Conditions

| sign | holds when |
|---|---|
| `=` | the left is there and equal to the right |
| `!=` | the left is absent, or different |
| `~` | the left is there and the right, a regular expression (Java's), fits all of it |
| `!~` | the left is absent, or does not fit |

An empty element equals `""`; an absent one equals nothing. Missing or blank is `(0008,0050) !~ ".+"`. A function alone holds when
it gives `true`.

## What is stored

The element keeps its VR; a new one gets the dictionary's. Text is stored as it is, without a check against the VR; binary numbers
must be numbers in range. Text that the object's character set cannot hold turns the whole object to UTF-8 (ISO_IR 192).
File meta information follows SOP Class UID and SOP Instance UID. With recording on, an item is appended to (0012,0064): the
script's id, scheme `XNAT`, version `1.0`, meaning `XNAT DicomEdit 6 Script`."""
