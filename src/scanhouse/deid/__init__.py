"""De-identification: DicomEdit 4 and 6, CTP scripts, PS3.15 profiles, pixels. Pure."""
