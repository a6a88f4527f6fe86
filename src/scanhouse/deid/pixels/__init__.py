"""Blanking regions of pixels. numpy and decoders are imported here only, and only when an object's pixels are to be changed."""
