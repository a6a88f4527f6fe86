"""Experiments: what all have in common, visits, assets of a project, and assessments of a subject."""

TABLE = """
xnat:experimentData "Experiment" key=label abstract
  sharing/share* key=project rows @label @project @visit @protocol
  date date
  time time
  duration duration
  delay integer @ref_expt_id
  note <=2500
  investigator xnat:investigatorData
  validation xnat:validationData
  resources/resource* xnat:abstractResource=xnat:resourceCatalog rows
  fields/field* text key=name "Custom variables" @name
  acquisition_site <=255
  custom_fields json
  @ID!
  @project
  @visit_id
  @visit
  @version integer
  @original
  @protocol
  @label

xnat:validationData key=status
  method
  date date
  notes <=500
  validated_by
  @status

xnat:genericData < xnat:experimentData as Generic "Generic"
xnat:pVisitData < xnat:genericData as PVisit "Visit"
  subject_ID
  visit_type
  visit_name
  notes <=10000
  start_date dateTime
  end_date dateTime
  @closed boolean
  @terminal boolean
  @status
  @protocolVersion integer
  @protocolId

xnat:abstractProjectAsset < xnat:genericData "Project asset" key=label abstract
  subjects/subject* xnat:subjectData rows
  experiments/experiment* xnat:experimentData rows

xnat:subjectAssessorData < xnat:experimentData "Subject assessment" abstract
  subject_ID!
  age float

xnat:subjectVariablesData < xnat:subjectAssessorData as SubjectVariables "Subject Variables" "Subject Variables"
  variables/variable* match=name @name
"""
