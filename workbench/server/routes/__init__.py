"""Routes, one module a noun; each decodes a request and calls one workflow."""
