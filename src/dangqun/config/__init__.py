"""Settings, URLs, roles, wiring and the command line."""
