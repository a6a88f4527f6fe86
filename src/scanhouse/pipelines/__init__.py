"""Container commands: definition, launch, collecting outputs."""
