"""The addresses below /api/."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from firsthand.api import desk, people, publishing, reading, shapes, sorting
from firsthand.api.asking import Bearer, Session
from firsthand.api.refusals import nowhere, refuse, shaped

DESCRIPTION = (
    "The office of a person whom many people write to. Every operation is one act of the office: "
    "rights and promises are decided there, and a refusal says the same sentence as the page and "
    "the command line. Every refusal has the shape of `Refusal`."
)


class Api(NinjaAPI):
    """Operations are named after the act, and each tells what a refusal looks like."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(*args, **kwargs)
        refusal = shapes.Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema["components"]["schemas"]
        schemas |= {**refusal.pop("$defs"), "Refusal": refusal}
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = {"description": "Refused", "content": content}
        return schema


api = Api(
    title="Firsthand",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    auth=[Bearer(), Session()],
    urls_namespace="api",
)
for door in (reading, sorting, desk, publishing, people):
    api.add_router("", door.router)
refuse(api)


def _patterns() -> list[URLPattern]:
    found = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in found:
        pattern.callback = shaped(pattern.callback)
    return found


urlpatterns = [
    path("v1/", (_patterns(), "api", "api")),
    re_path("", nowhere),
]
