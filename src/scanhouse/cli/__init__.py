"""The command line: `scanhouse <noun> <verb>` lives in `cli/<noun>.py`."""
