"""Resources: named groups of files at a record."""

_IMAGE = """
  dimensions - @x:integer @y:integer @z:integer @volumes:integer
  voxelRes - @x:float @y:float @z:float @units
  orientation
"""

_DESCRIBED = """
  @format
  @description
  @content
  @cachePath <=255 hidden
"""

TABLE = f"""
xnat:abstractResource "Resource" key=label abstract
  note <=10000
  tags/tag* key=name match=tag @name
  @label
  @file_count integer
  @file_size long

xnat:resource < xnat:abstractResource
  provenance prov:process
  @URI! uri <=10000
{_DESCRIBED}
xnat:resourceCatalog < xnat:resource as ResourceCatalog "Resource Catalog"
  @UID

xnat:imageResource < xnat:resource
{_IMAGE}
xnat:resourceSeries < xnat:abstractResource
  @path! uri
  @pattern!
  @count integer
  @name
{_DESCRIBED}
xnat:imageResourceSeries < xnat:resourceSeries
{_IMAGE}
xnat:dicomSeries < xnat:abstractResource
{_IMAGE}
  imageSet/image* - match=sop_instance_UID
  imageSet/image/@URI! uri <=255
  imageSet/image/@sop_instance_UID!
  imageSet/image/@instance_number integer
{_DESCRIBED}
  @UID!

xnat:publicationResource < xnat:abstractResource "Publication"
  title <=1000
  citation <=1000
  abstract <=10000
  commentary <=10000
  @isPrimary boolean
  @doi "DOI"
  @pubmed
  @medline
  @uri uri
  @other
  @type
"""
