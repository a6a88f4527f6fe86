"""Subjects, their demographics, and how they are shared into projects."""

TABLE = """
xnat:subjectData as Subject "Subject" key=label
  sharing/share* xnat:projectParticipant rows
  resources/resource* xnat:abstractResource=xnat:resourceCatalog rows
  investigator xnat:investigatorData
  demographics xnat:abstractDemographicData=xnat:demographicData
  metadata xnat:abstractSubjectMetadata=xnat:subjectMetadata
  addID* key=name "Further identifiers" @name
  fields/field* text key=name "Custom variables" @name
  experiments/experiment* xnat:subjectAssessorData rows
  custom_fields json
  @ID!
  @project
  @group
  @label
  @src "Recruitment source"
  @initials

xnat:projectParticipant "Participation" key=project
  @label
  @project
  @subject_ID
  @group

xnat:abstractDemographicData abstract
xnat:demographicData < xnat:abstractDemographicData "Demographics" "Demographics"
  dob date "Date of birth"
  yob integer "Year of birth"
  age integer
  gender {male|female|other|unknown|M|F}
  handedness {left|right|ambidextrous|unknown}
  ses integer "Socio-economic status"
  employment integer 0..3
  education integer 0..30 "Years of education"
  educationDesc "Education"
  race
  race2
  race3
  race4
  race5
  race6
  ethnicity
  weight float @units
  height float @units
  gestational_age float
  post_menstrual_age float
  birth_weight float

xnat:abstractSubjectMetadata abstract
xnat:subjectMetadata < xnat:abstractSubjectMetadata
  cohort
"""
