"""Changes that a provider makes to an operation, its parameters and answers, its servers and credentials."""

import json
from copy import deepcopy
from random import Random

from tests.held_out.harbours import (
    METHODS,
    Change,
    Document,
    a_parameter,
    answer,
    operations,
)


def add_parameter(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    name = rng.choice(["season", "depth", "trim"])
    there = operation.setdefault("parameters", [])
    if name in {each["name"] for each in there}:
        return False
    there.append(a_parameter(rng, name))
    return True


def drop_parameter(rng: Random, document: Document) -> bool:
    found = [each for each in operations(document) if each.get("parameters")]
    if not found:
        return False
    parameters = rng.choice(found)["parameters"]
    parameters.remove(rng.choice(parameters))
    return True


def _a_question(rng: Random, document: Document) -> Document | None:
    found = [parameter for each in operations(document) for parameter in each.get("parameters", [])]
    return rng.choice(found) if found else None


def move_parameter(rng: Random, document: Document) -> bool:
    parameter = _a_question(rng, document)
    if parameter is None or parameter["schema"].get("type") != "string":
        return False
    parameter["in"] = "header" if parameter["in"] == "query" else "query"
    return True


def toggle_parameter(rng: Random, document: Document) -> bool:
    parameter = _a_question(rng, document)
    if parameter is None:
        return False
    parameter["required"] = not parameter.get("required")
    return True


def restyle(rng: Random, document: Document) -> bool:
    parameter = _a_question(rng, document)
    if parameter is None or parameter["in"] != "query":
        return False
    key, value = rng.choice([("style", "form"), ("explode", True), ("explode", False), ("allowReserved", False)])
    parameter[key] = value
    return True


def move_parameter_up(_: Random, document: Document) -> bool:
    """The path states the parameters of its only operation."""
    items = [it for it in document["paths"].values() if len([m for m in METHODS if m in it]) == 1]
    for item in items:
        operation = next(item[method] for method in METHODS if method in item)
        if operation.get("parameters"):
            item["parameters"] = [*item.get("parameters", []), *operation.pop("parameters")]
            return True
    return False


def add_status(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    status = rng.choice(["204", "409", "503", "201"])
    if status in operation["responses"]:
        return False
    operation["responses"][status] = rng.choice(
        [{"description": "No words."}, answer({"type": "object", "properties": {"why": {"type": "string"}}})]
    )
    return True


def drop_status(rng: Random, document: Document) -> bool:
    found = [each for each in operations(document) if len(each["responses"]) > 1]
    if not found:
        return False
    answers = rng.choice(found)["responses"]
    del answers[rng.choice(sorted(answers))]
    return any(status.startswith("2") for status in answers)


def toggle_answer_body(rng: Random, document: Document) -> bool:
    answers = [it for each in operations(document) for status, it in each["responses"].items() if status[0] == "2"]
    chosen = rng.choice(answers)
    if "content" in chosen:
        del chosen["content"]
    else:
        chosen.update(answer({"type": "object", "properties": {"ok": {"type": "boolean"}}}))
    return True


def toggle_body_need(rng: Random, document: Document) -> bool:
    bodies = [each["requestBody"] for each in operations(document) if "requestBody" in each]
    if not bodies:
        return False
    body = rng.choice(bodies)
    body["required"] = not body.get("required")
    return True


def drop_body(rng: Random, document: Document) -> bool:
    found = [each for each in operations(document) if "requestBody" in each]
    if not found:
        return False
    del rng.choice(found)["requestBody"]
    return True


def other_media_type(rng: Random, document: Document) -> bool:
    holders = [holder for each in operations(document) for holder in each["responses"].values() if "content" in holder]
    content = rng.choice(holders)["content"]
    if "application/json" not in content:
        return False
    content["application/vnd.harbour+json"] = content.pop("application/json")
    return True


def change_servers(rng: Random, document: Document) -> bool:
    servers = document["servers"]
    kind = rng.randrange(4)
    if kind == 0:
        servers.append({"url": f"https://north{len(servers)}.example.com"})
    elif kind == 1:
        servers[0]["description"] = "The one to use."
    elif kind == 2 and len(servers) > 1:
        servers.reverse()
    else:
        servers[0] = {"url": "https://south.example.com"}
    return True


def change_security(rng: Random, document: Document) -> bool:
    schemes = document["components"]["securitySchemes"]
    name = rng.choice(sorted(schemes))
    kind = rng.randrange(6)
    if kind == 0:
        schemes[name]["x-prefix"] = rng.choice(["Key", "Badge"])
    elif kind == 1:
        schemes[name]["description"] = f"Words {rng.randrange(99)}."
    elif kind == 2 and schemes[name].get("in") == "header":
        schemes[name]["name"] = "X-Harbour-Key"
    elif kind == 3:
        schemes["card"] = {"type": "apiKey", "in": "query", "name": "card"}
        document["security"] = [*document["security"], {"card": []}]
    elif kind == 4:
        schemes[name]["x-owner"] = f"Team {rng.randrange(99)}"
    else:
        other = f"{name}_again"
        schemes[other] = schemes.pop(name)
        for holder in (document, *operations(document)):
            for each in holder.get("security", []):
                if name in each:
                    each[other] = each.pop(name)
    return True


def change_one_security(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    operation["security"] = rng.choice([deepcopy(document["security"]), []])
    return True


def rename_operation(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    verb, _, noun = operation["operationId"].partition("_")
    operation["operationId"] = rng.choice([f"{verb}{noun.title().replace('_', '')}" if noun else verb, f"{verb}_pier"])
    names = [each["operationId"] for each in operations(document)]
    return len(set(names)) == len(names)


def retag(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    operation["tags"] = rng.choice([["Docks"], ["docks", "more"], ["piers"], [*operation.get("tags", []), "old"]])
    return True


def move_path(rng: Random, document: Document) -> bool:
    path = rng.choice(sorted(document["paths"]))
    other = rng.choice([f"/v2{path}", path.replace("dock_id", "dockId")])
    if other == path or other in document["paths"]:
        return False
    item = document["paths"].pop(path)
    document["paths"][other] = (
        json.loads(json.dumps(item).replace('"dock_id"', '"dockId"')) if "dockId" in other else item
    )
    return True


def swap_method(rng: Random, document: Document) -> bool:
    item = rng.choice([it for it in document["paths"].values() if any(m in it for m in METHODS)])
    if "put" not in item or "post" in item:
        return False
    item["post"] = item.pop("put")
    return True


def add_operation(rng: Random, document: Document) -> bool:
    path = rng.choice(["/tides", "/winds"])
    if path in document["paths"]:
        return False
    found = answer({"type": "object", "properties": {"high": {"type": "string", "format": "date-time"}}})
    operation = {"operationId": f"list{path.replace('/', '_')}", "tags": ["docks"], "responses": {"200": found}}
    document["paths"][path] = {"get": operation}
    return True


def drop_operation(rng: Random, document: Document) -> bool:
    item = rng.choice([it for it in document["paths"].values() if sum(m in it for m in METHODS) > 1] or [{}])
    methods = [method for method in METHODS if method in item]
    if not methods:
        return False
    del item[rng.choice(methods)]
    return True


def reword_operation(rng: Random, document: Document) -> bool:
    operation = rng.choice(list(operations(document)))
    key = rng.choice(["summary", "description", "x-internal", "deprecated"])
    operation[key] = True if key == "deprecated" else f"Words {rng.randrange(99)}."
    return True


def reword_document(rng: Random, document: Document) -> bool:
    document["info"].update({"version": str(rng.randrange(99)), "description": "Other words."})
    return True


CHANGES: tuple[Change, ...] = (
    add_parameter,
    drop_parameter,
    move_parameter,
    toggle_parameter,
    restyle,
    move_parameter_up,
    add_status,
    drop_status,
    toggle_answer_body,
    toggle_body_need,
    drop_body,
    other_media_type,
    change_servers,
    change_security,
    change_one_security,
    rename_operation,
    retag,
    move_path,
    swap_method,
    add_operation,
    drop_operation,
    reword_operation,
    reword_document,
)
