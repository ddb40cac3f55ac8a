"""One module a file format: bytes in, numbered rows by column out, everything bounded."""
