import json

from fastapi.testclient import TestClient

from workbench.server import schema
from workbench.server.app import describe


def test_the_file_is_the_document_that_is_served(client: TestClient) -> None:
    assert schema.PATH.read_text() == schema.as_text(describe()), (
        "routes changed. Next: python -m workbench.server.openapi"
    )
    assert client.get("/openapi.json").json() == json.loads(schema.PATH.read_text())


def test_every_operation_has_a_name_of_its_own_asks_for_the_token_and_may_be_refused() -> None:
    document = schema.openapi(describe())
    operations = [o for path in document["paths"].values() for o in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["security"] == [{"HTTPBearer": []}]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert operation["summary"]
        assert operation["description"]


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = schema.PATH.read_text()
    schemas = json.loads(text)["components"]["schemas"]
    for piece in text.split('"$ref": "')[1:]:
        assert piece.split('"')[0].removeprefix("#/components/schemas/") in schemas
