"""Projects, the people who lead them, and their protocols (what a project records of each data type)."""

TABLE = """
xnat:projectData as Project "Project" match=ID
  name
  type
  description <=10000
  keywords
  aliases/alias* key=alias @source
  publications/publication* xnat:publicationResource
  resources/resource* xnat:abstractResource=xnat:resourceCatalog rows
  studyProtocol* xnat:abstractProtocol=xnat:datatypeProtocol "Protocols"
  PI xnat:investigatorData "Principal investigator"
  investigators/investigator* xnat:investigatorData
  fields/field* text key=name "Custom variables" @name
  custom_fields json
  @ID!
  @secondary_ID "Running title"
  @active boolean

xnat:investigatorData as Investigator "Investigator" key=lastname,firstname
  title <=64
  firstname! <=25 "First name"
  lastname! <=25 "Last name"
  institution <=255
  department <=128
  email <=64
  phone <=25
  @ID

xnat:abstractProtocol "Protocol" key=ID abstract
  @ID!
  @name
  @description <=10000
  @data-type

xnat:studyProtocol < xnat:abstractProtocol
  acqConditions/condition* - match=ID @ID @name @description
  subjectGroups/group* - match=ID @ID @name @description
  subjectVariables/variable* - match=ID @ID @name @description
  imageSessionTypes/session* - match=ID @ID @name @description

xnat:datatypeProtocol < xnat:abstractProtocol
  definitions/definition* xnat:fieldDefinitionGroup

xnat:fieldDefinitionGroup as FieldDefinitionGroup "Field definition group" match=ID
  fields/field* - key=name
  fields/field/possibleValues/possibleValue* match=possibleValue @display
  fields/field/@name! <=10000
  fields/field/@type {standard|custom}
  fields/field/@datatype {integer|float|boolean|string|date}
  fields/field/@required boolean
  fields/field/@sequence integer
  fields/field/@xmlPath <=1000
  fields/field/@group
  @ID
  @data-type
  @description <=10000
  @shareable boolean
  @project-specific boolean
"""
