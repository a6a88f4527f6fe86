"""Bytes: object stores, staging, checksums, archives, manifests."""
