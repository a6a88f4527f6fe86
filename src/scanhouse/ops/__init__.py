"""Backup, restore, fixity, rebuild, take-over of an existing XNAT."""
