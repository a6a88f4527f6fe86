"""DicomEdit 4: everything reads the original object, and of two statements about one element the first remains."""
