"""Checks of a session against its protocol, and screening by a rater."""

TABLE = """
val:protocolData < xnat:imageAssessorData as ProtocolVal "Protocol Validation"
  check - @status!
  check/conditions/condition* - match=ID
  check/conditions/condition/verified <=1000
  check/conditions/condition/diagnosis <=1000
  check/conditions/condition/@ID
  check/conditions/condition/@status
  check/conditions/condition/@xmlpath
  check/comments/comment* match=dateTime @username @dateTime:dateTime!
  check/additionalVal val:additionalVal
  scans/scan_check* - match=SCAN_ID
  scans/scan_check/conditions/condition* - match=ID
  scans/scan_check/conditions/condition/verified <=1000
  scans/scan_check/conditions/condition/diagnosis <=1000
  scans/scan_check/conditions/condition/@ID
  scans/scan_check/conditions/condition/@status
  scans/scan_check/conditions/condition/@xmlpath
  scans/scan_check/comments/comment* match=dateTime @username @dateTime:dateTime!
  scans/scan_check/additionalVal val:additionalVal
  scans/scan_check/@SCAN_ID!
  scans/scan_check/@status!

val:additionalVal

scr:screeningAssessment < xnat:imageAssessorData as ScreeningAssessment "Screening Assessment"
  rater
  comments <=1000
  pass
  scans/scan* scr:screeningScanData

scr:screeningScanData match=imageScan_ID
  imageScan_ID! "Scan"
  comments <=1000
  pass
"""
