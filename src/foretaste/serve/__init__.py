"""A bundle as a service: one application, its routes, and the page at its root. Nothing else here knows a web framework."""
