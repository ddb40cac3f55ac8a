"""The HTTP application: routes, authentication, errors to status codes."""
