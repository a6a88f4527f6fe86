"""`/xapi`: one module per noun; `routes.gather` finds them."""
