"""Settings of the archive: of the site and of each project."""

_CODES = """
  @quarantine_code integer
  @prearchive_code integer
"""

TABLE = f"""
arc:ArchiveSpecification as ArchiveSpecification "Archive specification" match=site_id
  globalPaths! arc:pathInfo
  fieldSpecifications/fieldSpecification* arc:fieldSpecification
  projects/project* arc:project
  emailSpecifications - @new_user_registration:boolean @pipeline:boolean @project_access:boolean @transfer:boolean @page_email:boolean
  notification_types/notification_type* match=notification_type @email_addresses
  dcm - @dcm_host @dcm_port @dcm_ae @http_url @applet_link:boolean
  @site_id!
  @site_admin_email
  @site_url
  @smtp_host
  @require_login boolean
  @enable_new_registrations boolean
  @enable_csrf_token boolean
{_CODES}
arc:project as ArcProject "Project settings" "Project settings" match=id
  paths arc:pathInfo
  fieldSpecifications/fieldSpecification* arc:fieldSpecification
  properties/property* arc:property
  pipelines/descendants/descendant* - match=xsiType
  pipelines/descendants/descendant/pipeline* arc:projectPipeline
  pipelines/descendants/descendant/@xsiType!
  pipelines/pipeline* arc:projectPipeline
  @id!
  @current_arc
{_CODES}
arc:pathInfo
  archivePath
  prearchivePath
  cachePath
  buildPath
  ftpPath
  pipelinePath

arc:pipelineData
  displayText!
  name!
  location
  description!
  parameters/parameter* arc:pipelineParameterData
  customwebpage

arc:projectPipeline < arc:pipelineData match=stepId
  @stepId!
  @dependent boolean

arc:pipelineParameterData match=name
  schemaLink
  csvValues @selected
  description <=1500
  @name!
  @multipleValues boolean
  @editable boolean
  @batchParam boolean

arc:property match=name
  = string
  @name

arc:fieldSpecification match=name
  = string
  @name
"""
