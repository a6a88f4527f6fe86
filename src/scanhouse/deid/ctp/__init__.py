"""RSNA CTP's languages: anonymizer scripts, filter scripts, pixel scripts, and their lookup tables."""
