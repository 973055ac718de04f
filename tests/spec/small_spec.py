"""A spec with one operation, and actions for it."""

TEXT = {"type": "string"}
EVERYWHERE = {"type": "object", "properties": {"id": TEXT}}


def spec(schema=EVERYWHERE, parameters=(), paths=(), media=(), **components):
    """Return a spec with one operation, which answers with the schema Thing."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, **dict(media)}}
    operation = {
        "operationId": "list_things",
        "parameters": list(parameters),
        "responses": {"200": {"description": "ok", "content": content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {"/things": {"get": operation}, **dict(paths)},
        "components": {"schemas": {"Thing": schema}, **components},
    }


def action(target, update, **fields):
    stated = {"description": "d", "x-source": "s", "x-expect-matches": 1}
    return {"target": target, "update": update, **stated, **fields}
