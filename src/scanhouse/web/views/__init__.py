"""Views of the pages, by noun: parse, load through the policy, call one use case, show."""
