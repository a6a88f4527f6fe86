"""The text form of profiles and what there is to know besides, for their reference page."""

TITLE = "PS3.15 confidentiality profile"

RUNNING = """\
A script names the Basic Application Level Confidentiality Profile of DICOM PS3.15 Annex E and the options that a project wants. The
table of attributes is data, and its edition is named; `edition` pins it, so that a newer table never changes a study under way.

Every element at every depth is decided by the table. Where the table gives a choice (X/Z/D), the least is done that keeps the object
conformant, by the attribute's type in the IOD of its SOP class. Private attributes go, unless they are safe and the option says so.
Attributes that the standard does not know go; those that it knows, but the table does not list, stay and are reported as not covered.

New UIDs, pseudonyms and shifts of dates follow from the project's key: the same in every file, site and run, and nobody without the key
can recompute them. A lookup table with entries `patient/ID = PSEUDONYM`, `shift/ID = -37` and `uid/1.2.3 = 1.2.4` comes before the key.
Running a profile a second time changes nothing more."""

GRAMMAR = """\
script  = "profile" "basic" NEWLINE { line NEWLINE } ;
line    = "edition" EDITION
        | "option" OPTION
        | ( "keep" | "remove" ) attribute
        | "safe" "(gggg,{CREATOR}ee)"
        | "unlisted" ( "keep" | "remove" )
        | "pixels" ( "cautious" | "declared" | "pass" )
        | "blank" [ MODALITY ] LEFT "," TOP "," RIGHT "," BOTTOM ;
attribute = "(gggg,eeee)" | KEYWORD ;"""

NOTES = """\
A number sign begins a comment.

| line | means |
|---|---|
| `edition 2026d` | The script is for this edition of the table; another one is refused. |
| `option NAME` | An option of the profile, see below. Full and modified dates exclude one another. |
| `keep`, `remove` | An exception of this project. It is not what the standard says: the method codes still claim the profile. |
| `safe` | A private attribute that this project knows to be safe, beside those of the standard's table; needs `option retain-safe-private`. |
| `unlisted remove` | Attributes that the table does not list go when their VR can hold names, dates or free text; terms, numbers and UIDs stay. |
| `pixels cautious` | The default: what is said or likely to show text in its pixels is quarantined, unless a `blank` line cleaned it. |
| `pixels declared` | Only those whose header says so are quarantined. |
| `pixels pass` | None; somebody has looked at them. |
| `blank US 0,0,1024,60` | Blanks a region (left and top inside, right and bottom outside) in all frames, of objects of this modality, or of all. |

Likely to show text are secondary captures, ultrasound, angiography, fluoroscopy, endoscopy and photographs.

Text in attributes that the table does not list (a document's title, say) is cleaned, or replaced by a dummy, when a word of a person's
name or of an identifier of this very object stands in it.

Cleaning free text keeps words that describe imaging and leaves out every other word, so that names of people never stay. Ages above 89
are kept as `090Y`. Overlays and curves always go, also with Clean Graphics, since a bitmap cannot be told from text. Clean Recognizable
Visual Features (faces) needs another tool: a script that asks for it is refused."""
