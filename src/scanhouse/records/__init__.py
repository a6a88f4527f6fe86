"""Projects, subjects, experiments, scans, assessors, resources, sharing, naming, history."""
