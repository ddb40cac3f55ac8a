"""``python -m workbench.server.openapi``: write ``openapi.json`` again after a change of routes."""

from workbench.server import schema
from workbench.server.app import describe

if __name__ == "__main__":
    schema.PATH.write_text(schema.as_text(describe()))
