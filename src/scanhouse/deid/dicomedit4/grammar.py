"""The grammar of DicomEdit 4 and what there is to know besides, for its reference page."""

TITLE = "DicomEdit 4"

RUNNING = """\
A script is a row of statements, one on each line. All conditions and values read the object as it was before the script, so
that a swap of two elements works. Of two statements about one element the first remains, also between removing and assigning.

Comments run from `//` to the end of the line, except within a text in quotes or after a colon. A backslash at the very end of
a line joins the next line to it. A version line means nothing here, but a script with one is taken for DicomEdit 6 unless the
language is named.

Errors in the text, functions that do not exist among them, are found when the script is loaded and name line and column."""

GRAMMAR = """\
script      = { statement NEWLINE } ;
statement   = { condition ":" } action | variable | describe | export | "echo" [ term ] ;
condition   = term ( "=" | "~" ) term ;
action      = tag ":=" value | "-" tag ;
variable    = NAME ":=" value ;
value       = term | TEXT term { "," term } | "new" "UID" ;
term        = TEXT | NUMBER | NAME | tag | function ;
function    = NAME "[" [ term { "," term } ] "]" ;
tag         = "(gggg,eeee)" ;
describe    = "describe" NAME ( TEXT | "hidden" | "const" | "immutable" ) ;
export      = "export" NAME TEXT ;"""

NOTES = """\
## Statements

| written | does |
|---|---|
| `tag := value` | Gives the element the value, making it if it is missing; an absent value empties it. |
| `tag := "{0}_{1}" term, term` | Short for the function `format`. |
| `tag := new UID` | A fresh UID. |
| `-tag` | Removes the element. |
| `condition : condition : action` | The action, if all conditions hold. `~` is a regular expression (Java's) over the whole value. |
| `name := value` | Declares a variable; the order of declarations has no meaning. A value from outside comes before the script's. |

Tags name elements of the root by their real numbers, private ones with their block. `X` stands for any digit, `@` for an even one,
`#` for an odd one; a tag with wildcards changes and removes only what is there. Names of variables mean the same in any case.
Texts know `\\b \\t \\n \\f \\r \\" \\' \\\\`. A new element whose VR nobody knows becomes LO.

With recording on, an item is appended to (0012,0064): the script's id, scheme `XNAT`, version `1.0`, meaning
`XNAT DicomEdit 4 Script`."""
