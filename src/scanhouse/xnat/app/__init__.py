"""`/app`: the few pages of XNAT whose addresses programs know."""
