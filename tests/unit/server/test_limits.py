from collections.abc import Iterator

from fastapi.testclient import TestClient

from workbench.server.limits import MAX_JSON_BYTES


def test_a_request_of_more_than_the_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    response = client.post("/principals", content=b" " * (MAX_JSON_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["facts"]["limit"] == MAX_JSON_BYTES
    assert "/blobs" in response.json()["next_step"]


def test_a_request_that_does_not_say_its_length_is_counted(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_JSON_BYTES // 10)

    response = client.post("/principals", content=chunks())
    assert response.status_code == 413


def test_a_request_of_exactly_the_limit_is_read(client: TestClient) -> None:
    response = client.post(
        "/principals",
        content=b" " * MAX_JSON_BYTES,
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422


def test_an_upload_that_says_it_is_too_large_learns_the_limit_and_how_to_raise_it(
    client: TestClient,
) -> None:
    response = client.put("/blobs", content=b"x", headers={"Content-Length": str(3 * 2**30)})
    assert response.status_code == 413
    problem = response.json()
    assert problem["facts"]["limit"] == 512 * 2**20
    assert "512 MiB" in problem["wanted"]
    assert "WORKBENCH_MAX_UPLOAD_BYTES" in problem["next_step"]
