"""The type registry: elements, fields, inheritance, paths, value types. Pure."""
