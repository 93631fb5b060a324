"""Django's end of ASGI, with one change of threads for a request.

Django's own handler goes back and forth between the event loop and the thread of the request: for
each signal, each middleware that is not asynchronous, the view, and the end. Nothing here is
asynchronous, and each change costs more than all the middleware of a page.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.urls import set_script_prefix


class Handler(ASGIHandler):
    """Takes the request, makes the whole answer on the request's thread, and hands it out.

    Who goes away before the answer is made is noticed when it is handed out: no page stops halfway.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """All of it synchronous, whatever Django's own constructor asks for."""
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        try:
            response = await sync_to_async(self._answer)(scope, body)
            await self.send_response(response, send)
            if response.streaming:
                await sync_to_async(response.close)()
        finally:
            body.close()

    def _answer(self, scope: Any, body: Any) -> Any:
        """The answer, closed already (the end of the request for Django) where it is whole."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send_robust(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = refused if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if not response.streaming:
            response.close()
        return response
