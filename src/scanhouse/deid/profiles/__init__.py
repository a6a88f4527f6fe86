"""PS3.15 Annex E: the Basic Application Level Confidentiality Profile and its options, from a table, as a policy of the engine."""
