"""A spec and its overlay make one valid document, or the build says which action no longer fits.

It is longer than most: each way in which an action stops to fit is a test, and they share the tree that they change.
"""

import ast
import json
import shutil
from pathlib import Path

import pytest
from tests.trees import FROZEN

import expunge
from clients.rule_table import rule_table
from overlay.document import digest, read_file
from spec.normalised import NormaliseError, normalise, operations, providers

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = tuple(sorted(expunge.PROVIDERS))


@pytest.fixture
def tree(tmp_path):
    """Return a copy of the frozen specs/ and overlays/ that a test may change."""
    for folder in ("specs", "overlays"):
        shutil.copytree(FROZEN / folder, tmp_path / folder)
    return tmp_path


def change(path, old, new):
    """Replace *old*, which must be there, in the file at *path*."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_providers_are_those_with_a_spec_and_an_overlay():
    assert tuple(providers(ROOT)) == PROVIDERS


@pytest.mark.parametrize(("folder", "name"), [("specs", "x.yaml"), ("overlays", "x.overlay.yaml")])
def test_a_spec_without_overlay_or_an_overlay_without_spec_is_refused(tree, folder, name):
    (tree / folder / name).write_text("a: 1\n", encoding="utf-8")

    with pytest.raises(NormaliseError, match="Provider x has no"):
        providers(tree)


@pytest.mark.parametrize("name", ["a-b", "9lives", "Acme", "a.b"])
def test_a_provider_is_named_like_a_package(tree, name):
    for path in (tree / "specs" / f"{name}.yaml", tree / "overlays" / f"{name}.overlay.yaml"):
        path.write_text("a: 1\n", encoding="utf-8")

    with pytest.raises(NormaliseError, match="cannot name a provider"):
        providers(tree)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_operation_that_the_adapter_calls_is_there(provider):
    """Nothing else decides which operations are needed: the specs may have any others."""
    found = {operation["operationId"] for _, _, operation, _ in operations(normalise(provider, ROOT))}

    assert called(provider)
    assert called(provider) <= found


def called(provider):
    """Return the operations that the modules of the provider's adapter import."""
    adapters = ROOT / "src" / "expunge" / "providers"
    modules = [*adapters.glob(f"{provider}.py"), *(adapters / provider).glob("*.py")]
    return {
        alias.name
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"expunge_clients.{provider}.api.")
        for alias in node.names
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_operation_asks_for_a_credential(provider):
    document = normalise(provider, ROOT)

    assert all(operation.get("security", document.get("security")) for _, _, operation, _ in operations(document))


class TestUpstreamChanges:
    """When a provider changes what an action corrects, the build stops and names the action."""

    def test_a_corrected_default_is_reported(self, tree):
        change(tree / "specs" / "truefoundry.yaml", "          default: 0\n", "")

        with pytest.raises(
            NormaliseError, match=r"truefoundry\.overlay\.yaml: action 4 .*expected 3 matches, found 2.*drop the action"
        ):
            normalise("truefoundry", tree)

    def test_another_value_in_its_place_is_reported(self, tree):
        change(tree / "specs" / "truefoundry.yaml", "          default: 0\n", "          default: 1\n")

        with pytest.raises(NormaliseError, match=r"action 4 .*found [0-9a-f]{64}"):
            normalise("truefoundry", tree)

    def test_a_path_that_is_gone_is_reported(self, tree):
        change(tree / "specs" / "baseten.yaml", "  /v1/models/{model_id}:", "  /v2/models/{model_id}:")

        with pytest.raises(NormaliseError, match=r"does not have; DELETE .v2.models.{model_id} looks like it"):
            normalise("baseten", tree)

    def test_an_addition_that_upstream_made_too_is_reported(self, tree):
        path = tree / "specs" / "cerebras.yaml"
        pattern = "^([1-9][0-9]{0,17}|[a-z][a-zA-Z0-9-]{0,126}[a-z0-9])$"
        change(
            path, "            title: Version Id\n", f"            title: Version Id\n            pattern: {pattern}\n"
        )

        with pytest.raises(NormaliseError, match=r"action 3 .*changes nothing"):
            normalise("cerebras", tree)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("    x-expect-matches: 1\n", "x-expect-matches"),
        ("    x-expect-sha256: 055539df4a0b804c58caf46c0cd2941af10d64c1395ddd8e50b5f55d945841e6\n", "x-expect-sha256"),
        ('    x-source: Baseten page "Delete models" (the description is an empty string)\n', "x-source"),
        ("    description: Describe the answer, which the page leaves empty.\n", "description"),
    ],
)
def test_an_action_that_does_not_state_what_it_corrects_is_refused(tree, line, missing):
    change(tree / "overlays" / "baseten.overlay.yaml", line, "")

    with pytest.raises(NormaliseError, match=f"does not state .*{missing}"):
        normalise("baseten", tree)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("openapi: 3.1.0", "openapi: 3.0.3", r"specs/baseten\.yaml: this is OpenAPI 3\.0\.3; only 3\.1 is accepted"),
        ("openapi: 3.1.0", "swagger: '2.0'", r"this is OpenAPI 2\.0 \(Swagger\); only 3\.1 is accepted"),
        ("openapi: 3.1.0", "asyncapi: 3.1.0", "this is not an OpenAPI document"),
        ("'#/components/schemas/ModelTombstoneV1'", "'https://example.com/schema.json'", "leaves the document"),
        ("'#/components/schemas/ModelTombstoneV1'", "'other.yaml#/x'", "leaves the document"),
        ("'#/components/schemas/ModelTombstoneV1'", "'#/components/schemas/Nothing'", "leads nowhere"),
        (
            "    ModelTombstoneV1:",
            "    ModelTombstoneV1: {$ref: '#/components/schemas/ModelTombstoneV1'}\n    Other:",
            "leads nowhere",
        ),
        ("          type: boolean", "          type: bool", "not valid"),
        ("  title: Baseten management API\n", "", "not valid"),
    ],
)
def test_what_is_no_openapi_3_1_by_itself_is_refused(tree, old, new, words):
    change(tree / "specs" / "baseten.yaml", old, new)

    with pytest.raises(NormaliseError, match=words):
        normalise("baseten", tree)


class TestReplacing:
    """An action says what it expects wherever it overwrites, also inside of what it merges."""

    def test_upstream_adds_what_an_action_adds_with_another_value(self, tree):
        change(
            tree / "specs" / "baseten.yaml",
            "      summary: Deletes",
            "      operationId: theirs\n      summary: Deletes",
        )

        with pytest.raises(NormaliseError, match=r"action 1 .*delete\) replaces what it finds .*may be dropped"):
            normalise("baseten", tree)

    def test_a_stated_digest_allows_it(self, tree):
        change(
            tree / "specs" / "baseten.yaml",
            "      summary: Deletes",
            "      operationId: theirs\n      summary: Deletes",
        )
        found = read_file(tree / "specs" / "baseten.yaml")["paths"]["/v1/models/{model_id}"]["delete"]
        change(
            tree / "overlays" / "baseten.overlay.yaml",
            "    x-expect-matches: 1\n",
            f"    x-expect-matches: 1\n    x-expect-sha256: {digest([found])}\n",
        )

        assert normalise("baseten", tree)["paths"]["/v1/models/{model_id}"]["delete"]["operationId"] == "delete_model"


def test_an_action_that_appends_what_upstream_has_added_is_reported(tree):
    change(
        tree / "specs" / "cerebras.yaml", "      summary: Delete", "      tags: [model_versions]\n      summary: Delete"
    )

    with pytest.raises(NormaliseError, match=r"action 2 .* appends what is there already; if upstream has fixed"):
        normalise("cerebras", tree)


class TestCompleteSpec:
    """A provider's complete spec may stand in specs/: the overlay says which operations are taken from it."""

    MORE = """\
  /v1/models:
    get:
      tags: [Everything]
      responses: {'200': {description: all, content: {application/json: {schema: {$ref: '#/components/schemas/All'}}}}}
"""

    def complete(self, tree):
        change(tree / "specs" / "baseten.yaml", "components:\n", f"{self.MORE}components:\n")
        change(tree / "specs" / "baseten.yaml", "  schemas:\n", "  schemas:\n    All: {type: string, if: {}}\n")
        change(
            tree / "specs" / "baseten.yaml",
            "    delete:\n",
            "    get: {responses: {'200': {description: x}}}\n    delete:\n",
        )

    def test_what_is_not_taken_changes_nothing(self, tree):
        before = json.dumps(normalise("baseten", tree))

        self.complete(tree)

        assert json.dumps(normalise("baseten", tree)) == before

    def test_without_a_choice_everything_is_taken(self, tree):
        self.complete(tree)
        change(tree / "overlays" / "baseten.overlay.yaml", "x-operations:\n  - DELETE /v1/models/{model_id}\n", "")

        with pytest.raises(NormaliseError, match=r"action 4 .*replaces what it finds"):
            normalise("baseten", tree)

    def test_an_operation_that_is_not_there_is_named(self, tree):
        change(tree / "overlays" / "baseten.overlay.yaml", "x-operations:\n", "x-operations:\n  - PATCH /v1/nothing\n")

        with pytest.raises(
            NormaliseError, match=r"baseten\.overlay\.yaml: 'x-operations' names PATCH /v1/nothing, which"
        ):
            normalise("baseten", tree)

    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_each_overlay_says_what_it_takes(self, provider):
        assert read_file(ROOT / "overlays" / f"{provider}.overlay.yaml")["x-operations"]


class TestRuleTable:
    """The rules come from the spec, and from nowhere else."""

    def rules(self, provider, root=FROZEN):
        return rule_table(normalise(provider, root))

    def test_a_pattern_that_changes_in_the_spec_changes_in_the_table(self, tree):
        old, new = r"^[A-Za-z0-9_\-]+$", "^poison$"
        assert self.rules("truefoundry", tree)["schemas"]["ModelManifest"]["properties"]["name"]["pattern"] == old

        change(tree / "specs" / "truefoundry.yaml", old, new)

        assert self.rules("truefoundry", tree)["schemas"]["ModelManifest"]["properties"]["name"]["pattern"] == new

    def test_only_what_constrains_is_kept(self):
        name = self.rules("truefoundry")["schemas"]["ModelManifest"]["properties"]["name"]

        assert name == {"type": "string", "maxLength": 256, "pattern": r"^[A-Za-z0-9_\-]+$"}

    def test_a_property_named_like_a_note_is_kept(self):
        assert "description" in self.rules("truefoundry")["schemas"]["ModelManifest"]["properties"]

    def test_references_point_into_the_table(self):
        table = self.rules("truefoundry")
        found = []

        def collect(value):
            if isinstance(value, dict):
                found.extend(text for key, text in value.items() if key == "$ref")
                found.extend(value.get("discriminator", {}).get("mapping", {}).values())
                for child in value.values():
                    collect(child)
            elif isinstance(value, list):
                for child in value:
                    collect(child)

        collect(table)

        assert {reference.removeprefix("#/schemas/") for reference in found} == set(table["schemas"])

    def test_an_operation_has_its_route_parameters_body_and_answers(self):
        operations_ = self.rules("baseten")["operations"]

        assert operations_["delete_deployment"] == {
            "method": "DELETE",
            "path": "/v1/models/{model_id}/deployments/{deployment_id}",
            "parameters": {
                "model_id": {"in": "path", "required": True, "schema": {"type": "string"}},
                "deployment_id": {"in": "path", "required": True, "schema": {"type": "string"}},
            },
            "body": None,
            "answers": {"200": {"$ref": "#/schemas/DeploymentTombstoneV1"}},
        }

    def test_the_empty_202_has_no_schema(self):
        assert self.rules("replicate")["operations"]["delete_model_version"]["answers"] == {"202": None}

    def test_schemas_that_no_operation_reaches_are_left_out(self, tree):
        change(tree / "specs" / "baseten.yaml", "  schemas:\n", "  schemas:\n    Unused:\n      type: string\n")

        assert "Unused" not in self.rules("baseten", tree)["schemas"]

    def test_a_rule_that_the_table_does_not_know_stops_the_build(self, tree):
        change(
            tree / "specs" / "baseten.yaml", "          type: boolean\n", "          type: boolean\n          if: {}\n"
        )

        with pytest.raises(NormaliseError, match="'if'"):
            self.rules("baseten", tree)
