"""DicomEdit 6: statements in order, each seeing what the earlier ones did; tag paths, lists, functions, conditions."""
