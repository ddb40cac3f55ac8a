"""Routes of signed records that come by the thousand."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from workbench.core.wire import SignedRequest
from workbench.server import problems
from workbench.server.access import leave_mirrors_alone, permitted


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
            await leave_mirrors_alone(request)
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


class SignedFirst:
    """ASGI middleware, the innermost: goes straight to a signed route, past the framework.

    What the framework puts before a route costs twice what the signature does. Errors are
    answered as the app answers them, and what raises on is a bug, as everywhere.

    Parameters
    ----------
    app : what gets all other requests.
    routes : those of the app; the signed ones with a fixed path are taken.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._routes = {
            (method, route.path): (route, route.get_route_handler())
            for route in routes
            if isinstance(route, SignedRoute)
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a signed record, or hand on the request."""
        found = scope["type"] == "http" and self._routes.get((scope["method"], scope["path"]))
        if not found:
            await self._app(scope, receive, send)
            return
        scope["route"], answer = found
        request = Request(scope, receive)
        try:
            response = await answer(request)
        except Exception as error:  # noqa: BLE001 - a bug is raised again
            response = await problems.answer(request, error)
        await response(scope, receive, send)
