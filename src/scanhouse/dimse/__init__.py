"""The DICOM network node: C-ECHO and C-STORE as provider (PS3.4, PS3.7, PS3.8)."""
