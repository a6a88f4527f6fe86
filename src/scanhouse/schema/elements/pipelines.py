"""Workflows, where they ran, and the repository of pipelines."""

TABLE = """
wrk:workflowData as Workflow "Workflow" match=ID,pipeline_name,launch_time
  executionEnvironment wrk:abstractExecutionEnvironment=wrk:xnatExecutionEnvironment
  comments <=10000
  details <=10000
  justification <=10000
  description
  @src
  @type
  @category
  @data_type!
  @ID!
  @scan_id
  @ExternalID "Project"
  @current_step_launch_time dateTime
  @current_step_id
  @status!
  @create_user
  @pipeline_name!
  @next_step_id
  @step_description
  @launch_time! dateTime
  @percentageComplete
  @jobID

wrk:abstractExecutionEnvironment abstract
wrk:xnatExecutionEnvironment < wrk:abstractExecutionEnvironment
  pipeline!
  xnatuser!
  host!
  startAt
  parameters/parameter* match=name @name!
  notify* match=notify
  dataType!
  id!
  supressNotification! boolean
  log
  catalogPath
  parameterFile/xml <=10000
  parameterFile/@path <=1000

pipe:PipelineRepository as PipelineRepository
  pipeline* pipe:pipelineDetails

pipe:pipelineDetails match=path
  path!
  description <=1500
  generatesElements/element* match=element
  customwebpage
  parameters/parameter* - match=name
  parameters/parameter/name!
  parameters/parameter/values/schemaLink
  parameters/parameter/values/csvValues
  parameters/parameter/description <=1500
  @appliesTo!
"""
