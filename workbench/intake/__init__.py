"""What becomes of a contributed file: read within limits, checked gate by gate, made canonical."""
