"""Listings, stored searches and DICOM queries, compiled to the rows that the actor may see."""
