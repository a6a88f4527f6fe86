"""The composition root: settings from the environment, urls, wsgi, logging, wiring."""
