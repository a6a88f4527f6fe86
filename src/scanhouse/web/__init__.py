"""Pages, forms, templates and the viewer shell."""
