"""Users, groups, grants, tokens; the one rule behind allowed, visible and explain."""
