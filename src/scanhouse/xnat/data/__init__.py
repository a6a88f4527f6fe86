"""`/data` and `/REST`: one module per noun; `routes.gather` finds them."""
