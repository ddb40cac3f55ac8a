"""Routes of signed records that come by the thousand."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError

from workbench.core.wire import SignedRequest
from workbench.server.access import permitted


class SignedRoute(APIRoute):
    """A route whose endpoint takes the home and a signed record, and nothing else.

    FastAPI solves dependencies and validates the answer again for each request, which costs
    more than the signature. The signature says who asks; whether the token's caller may is
    asked here, since no dependency is.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: the endpoint's message as JSON."""
        endpoint = self.endpoint

        async def answer(request: Request) -> Response:
            await permitted(request)
            if not request.headers.get("content-type", "").startswith("application/json"):
                raise RequestValidationError(
                    [{"loc": ("header", "content-type"), "msg": "it is not JSON", "type": "json"}]
                )
            try:
                signed = SignedRequest.model_validate_json(await request.body())
            except ValidationError as error:
                faults = [
                    fault | {"loc": ("body", *fault["loc"])}
                    for fault in error.errors(include_input=False, include_url=False)
                ]
                raise RequestValidationError(faults) from error
            view = await endpoint(home=request.app.state.home, request=signed)
            return Response(view.model_dump_json(), media_type="application/json")

        return answer
