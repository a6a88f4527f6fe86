"""Users, groups, rights on data types, and stored searches."""

_ACTION = """
  @element_action_name!
  @display_name!
  @sequence integer
  @image
  @popup
  @secureAccess
  @secureFeature
  @parameterString
"""

_ENTRY = """
  date dateTime
  title!
  description <=1000
  link
"""

TABLE = f"""
xdat:user as XDATUser "User" key=login
  login!
  firstname "First name"
  lastname "Last name"
  email
  primary_password hidden @encrypt:boolean
  element_access* xdat:element_access
  assigned_roles/assigned_role* xdat:role_type
  quarantine_path <=255
  groups/groupID* key=groupID
  @enabled boolean
  @verified boolean
  @salt hidden

xdat:userGroup as UserGroup "User group" key=ID
  element_access* xdat:element_access
  @ID
  @displayName
  @tag

xdat:element_access as element_access key=element_name
  secondary_password hidden @encrypt:boolean
  secure_ip* match=secure_ip
  permissions/allow_set* xdat:field_mapping_set
  @element_name!

xdat:field_mapping_set
  allow* xdat:field_mapping
  sub_set* xdat:field_mapping_set
  @method {{AND|OR}}

xdat:field_mapping key=field_value match=field,field_value
  @field!
  @field_value!
  @create_element boolean
  @read_element boolean
  @edit_element boolean
  @delete_element boolean
  @active_element boolean
  @comparison_type {{equals|greater than|less than|greater than or equals|less than or equals|like}}

xdat:role_type key=role_name
  allowed_actions/allowed_action* xdat:action_type
  @role_name!
  @description
  @sequence integer

xdat:action_type match=action_name
  @action_name!
  @display_name
  @sequence integer

xdat:primary_security_field key=primary_security_field
  = string

xdat:element_security "Data type" key=element_name
  primary_security_fields/primary_security_field* xdat:primary_security_field
  element_actions/element_action* xdat:element_action_type
  listing_actions/listing_action* - key=element_action_name
{"".join(f"  listing_actions/listing_action/{line.strip()}" + chr(10) for line in _ACTION.strip().splitlines())}
  @element_name
  @secondary_password boolean
  @secure_ip boolean
  @secure boolean
  @browse boolean
  @sequence integer
  @quarantine boolean
  @pre_load boolean
  @searchable boolean
  @secure_read boolean
  @secure_edit boolean
  @secure_create boolean
  @secure_delete boolean
  @accessible boolean
  @usage
  @singular
  @plural
  @category
  @code

xdat:element_action_type key=element_action_name
{_ACTION}
  @grouping

xdat:stored_search as bundle "Stored search" "Stored searches" match=ID
  root_element_name!
  search_field* xdat:search_field
  search_where* xdat:criteria_set
  sort_by/element_name
  sort_by/field_ID
  allowed_user* - match=login
  allowed_user/login
  allowed_groups/groupID* match=groupID
  @ID
  @description
  @layeredSequence
  @allow-diff-columns boolean
  @secure boolean
  @brief-description
  @tag

xdat:Search < xdat:stored_search as Search
  @page integer

xdat:search_field key=field_ID match=element_name,field_ID
  element_name!
  field_ID!
  sequence! integer
  type!
  header
  value
  @visible boolean

xdat:criteria_set
  criteria* xdat:criteria
  child_set* xdat:criteria_set
  @method! {{AND|OR}}

xdat:criteria
  schema_field
  comparison_type
  custom_search
  value
  @override_value_formatting boolean

xdat:user_login
  login_date dateTime
  logout_date dateTime
  session_id hidden
  ip_address
  node_id
  user! xdat:user

xdat:change_info
  change_user xdat:user
  comment
  @change_date dateTime
  @event_id integer
  @xdat_change_info_id long

xdat:access_log
  login!
  access_date dateTime
  ip
  method {{report|edit|pdf|xml|transfer|build|activation}}

xdat:newsEntry as News "News" "News" match=title
{_ENTRY}
xdat:infoEntry as Info "Information" "Information" match=title
{_ENTRY}
"""
