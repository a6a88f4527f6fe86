"""Catalogs: the lists of files that stand for a resource on the wire."""

TABLE = """
cat:catalog as Catalog "Catalog" match=ID
  metaFields/metaField* match=name @name
  tags/tag* match=tag
  sets/entrySet* cat:catalog
  entries/entry* cat:entry
  @ID
  @name
  @description

cat:dcmCatalog < cat:catalog as DCMCatalog "DICOM catalog"
  dimensions - @x:integer @y:integer @z:integer @volumes:integer
  voxelRes - @x:float @y:float @z:float @units
  orientation
  @UID

cat:entry as Entry "Catalog entry" "Catalog entries" match=URI
  metaFields/metaField* match=name @name
  tags/tag* match=tag
  @URI! uri
  @ID
  @name
  @description
  @format
  @content
  @cachePath
  @createdTime dateTime
  @createdBy
  @createdEventId integer
  @modifiedTime dateTime
  @modifiedBy
  @modifiedEventId integer
  @digest

cat:dcmEntry < cat:entry
  @UID
  @instanceNumber integer
"""
