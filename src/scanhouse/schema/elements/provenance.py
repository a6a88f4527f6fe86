"""Provenance: by which programs, on which machines, something was made."""

TABLE = """
prov:process as Process "Provenance" "Provenance"
  processStep* prov:processStep

prov:processStep "Process step"
  program! @version @arguments
  timestamp! dateTime
  cvs
  user!
  machine! @type
  platform! @version
  compiler @version
  library* @version
"""
