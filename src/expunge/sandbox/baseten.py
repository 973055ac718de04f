"""Baseten's management API: models, and deployments, which are their versions.

Sources: the page "Delete models" for a complete model; the vendor's later specification for deployments; its
command line's texts for what is refused. The status and the wording of a refusal are undocumented: a sibling
route answers 400.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from ._wire import ApiError, Call, Operation, Provider

_MODEL = "/v1/models/{model}"
_DEPLOYMENT = _MODEL + "/deployments/{deployment}"
_INSTANCE = "1x2"
_AUTOSCALING = {
    "min_replica": 0,
    "max_replica": 1,
    "autoscaling_window": 60,
    "scale_down_delay": 900,
    "concurrency_target": 1,
    "target_utilization_percentage": 70,
}


@dataclass
class Deployment:
    """One deployment; what is changed here is what the next read shows."""

    id: str
    model_id: str
    name: str
    created_at: str | None
    is_production: bool = False
    is_development: bool = False
    environment: str | None = None
    status: str = "ACTIVE"

    def json(self) -> dict[str, Any]:
        """Put the deployment as the API shows it."""
        return {
            "id": self.id,
            "created_at": self.created_at,
            "name": self.name,
            "model_id": self.model_id,
            "is_production": self.is_production,
            "is_development": self.is_development,
            "status": self.status,
            "active_replica_count": int(self.status == "ACTIVE"),
            "autoscaling_settings": _AUTOSCALING,
            "instance_type_name": _INSTANCE,
            "environment": self.environment,
            "labels": None,
        }


@dataclass
class Promotion:
    """A deployment on its way into an environment, with its share of the traffic in percent."""

    candidate: Deployment
    traffic: int


@dataclass
class Model:
    """One model with its deployments, oldest first."""

    id: str
    name: str
    created_at: str | None
    deployments: list[Deployment] = field(default_factory=list[Deployment])
    promotions: dict[str, "Promotion"] = field(default_factory=dict[str, "Promotion"])
    """Promotions under way, by the name of their environment."""

    def json(self) -> dict[str, Any]:
        """Put the model as the API shows it."""
        production = next((one.id for one in self.deployments if one.is_production), None)
        development = next((one.id for one in self.deployments if one.is_development), None)
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at,
            "deployments_count": len(self.deployments),
            "production_deployment_id": production,
            "development_deployment_id": development,
            "instance_type_name": _INSTANCE,
            "team_name": "core",
        }


class Baseten(Provider):
    """The stand-in for one workspace."""

    name = "baseten"
    token = "sandbox-baseten-key"  # noqa: S105 - opens nothing but this
    examples = ("mod3x7q@dep2bbb", "mod3x7q@dep3ccc")
    scheme = "Api-Key"

    def environ(self, origin: str) -> dict[str, str]:
        """Name the key and the base."""
        return {"BASETEN_API_KEY": self.token, "BASETEN_BASE_URL": origin}

    def clear(self) -> None:
        """Forget every model."""
        with self.lock:
            self._models: dict[str, Model] = {}

    def seed(self) -> None:
        """Put in one model with a deployment of each kind, and a second one with two."""
        self.add_model("mod3x7q", name="churn")
        self.add_deployment("mod3x7q", "dep1aaa", is_production=True, created_at="2026-01-12T09:31:00Z")
        self.add_deployment("mod3x7q", "dep2bbb", status="SCALED_TO_ZERO", created_at="2025-06-02T08:00:00Z")
        self.add_deployment("mod3x7q", "dep3ccc", status="INACTIVE", created_at="2025-09-15T08:00:00Z")
        self.add_deployment("mod3x7q", "dep4ddd", is_development=True, created_at="2026-02-20T14:00:00Z")
        self.add_model("mod9z2k", name="fraud-embeddings")
        self.add_deployment("mod9z2k", "dep5eee", is_production=True, created_at="2025-11-03T10:00:00Z")
        self.add_deployment("mod9z2k", "dep6fff", status="INACTIVE", created_at="2025-03-24T10:00:00Z")

    def add_model(
        self, model_id: str, *, name: str | None = None, created_at: str | None = "2026-01-12T09:30:00Z"
    ) -> Model:
        """Put a model in, without deployments."""
        with self.lock:
            if model_id in self._models:
                raise ValueError(f"there is a model {model_id} already")
            self._models[model_id] = Model(model_id, name or model_id, created_at)
            return self._models[model_id]

    def add_deployment(
        self,
        model_id: str,
        deployment_id: str,
        *,
        is_production: bool = False,
        is_development: bool = False,
        environment: str | None = None,
        status: str = "ACTIVE",
        created_at: str | None = "2026-01-12T09:31:00Z",
    ) -> Deployment:
        """Put a deployment into a model; one in production is in the environment of that name."""
        with self.lock:
            model = self._models[model_id]
            if self.deployment(model_id, deployment_id):
                raise ValueError(f"{model_id} has a deployment {deployment_id} already")
            deployment = Deployment(
                id=deployment_id,
                model_id=model_id,
                name=f"deployment-{len(model.deployments) + 1}",
                created_at=created_at,
                is_production=is_production,
                is_development=is_development,
                environment="production" if is_production else environment,
                status=status,
            )
            model.deployments.append(deployment)
            return deployment

    def promote(self, model_id: str, deployment_id: str, environment: str = "production", *, traffic: int = 40) -> None:
        """Begin to promote a deployment: it gets *traffic* percent, and its own fields do not show it."""
        with self.lock:
            deployment = self.deployment(model_id, deployment_id)
            if deployment is None:
                raise ValueError(f"{model_id} has no deployment {deployment_id}")
            self._models[model_id].promotions[environment] = Promotion(deployment, traffic)

    def model(self, model_id: str) -> Model | None:
        """Return one model, or None."""
        with self.lock:
            return self._models.get(model_id)

    def deployment(self, model_id: str, deployment_id: str) -> Deployment | None:
        """Return one deployment, or None."""
        model = self.model(model_id)
        return next((one for one in model.deployments if one.id == deployment_id), None) if model else None

    def add(self, reference: str) -> None:
        """Put in what `MODEL@DEPLOYMENT` or `MODEL` names; a new model gets a production deployment first."""
        model_id, _, deployment_id = reference.partition("@")
        with self.lock:
            if model_id not in self._models:
                self.add_model(model_id)
                self.add_deployment(model_id, f"{model_id}-live", is_production=True)
            if deployment_id:
                self.add_deployment(model_id, deployment_id)

    def remove(self, reference: str) -> None:
        """Take out the deployment, or the model with all of them, that *reference* names."""
        model_id, _, deployment_id = reference.partition("@")
        with self.lock:
            deployment = self.deployment(model_id, deployment_id)
            if deployment is not None:
                self._models[model_id].deployments.remove(deployment)
            elif not deployment_id:
                self._models.pop(model_id, None)

    def holds(self, reference: str) -> bool:
        """Return whether the deployment or the model that *reference* names is there."""
        model_id, at, deployment_id = reference.partition("@")
        return bool(self.deployment(model_id, deployment_id) if at else self.model(model_id))

    def operations(self) -> Sequence[Operation]:
        """List the routes that a client of models and deployments needs."""
        # The page's own Python sample sends `{}` with a DELETE, so that much passes.
        return (
            Operation("GET", "/v1/models", self._list_models),
            Operation("GET", _MODEL, lambda call: JSONResponse(self._model(call).json())),
            Operation("DELETE", _MODEL, self._delete_model, permits_empty_object=True),
            Operation("GET", _MODEL + "/environments", self._list_environments),
            Operation("GET", _MODEL + "/deployments", self._list_deployments),
            Operation("GET", _DEPLOYMENT, self._get_deployment),
            Operation("DELETE", _DEPLOYMENT, self._delete_deployment, permits_empty_object=True),
        )

    def error(self, problem: ApiError) -> Response:
        """Word an error as the vendor's own code reads it."""
        return JSONResponse({"error": problem.message}, problem.status)

    def _model(self, call: Call) -> Model:
        model = self.model(call.path["model"])
        if model is None:
            raise ApiError(404, f"There is no model {call.path['model']}.")
        return model

    def _deployment(self, call: Call) -> Deployment:
        for deployment in self._model(call).deployments:
            if deployment.id == call.path["deployment"]:
                return deployment
        raise ApiError(404, f"The model has no deployment {call.path['deployment']}.")

    def _list_models(self, _: Call) -> Response:
        return JSONResponse({"models": [model.json() for model in self._models.values()]})

    def _list_deployments(self, call: Call) -> Response:
        return JSONResponse({"deployments": [one.json() for one in self._model(call).deployments]})

    def _list_environments(self, call: Call) -> Response:
        model = self._model(call)
        current = {one.environment: one for one in model.deployments if one.environment}
        rows: list[dict[str, Any]] = []
        for name in dict.fromkeys((*current, *model.promotions)):
            serving, promotion = current.get(name), model.promotions.get(name)
            rows.append(
                {
                    "name": name,
                    "model_id": model.id,
                    "created_at": model.created_at,
                    "current_deployment": serving and serving.json(),
                    "candidate_deployment": promotion and promotion.candidate.json(),
                    "in_progress_promotion": promotion and {"percent_traffic_to_new_version": promotion.traffic},
                }
            )
        return JSONResponse({"environments": rows})

    def _get_deployment(self, call: Call) -> Response:
        # Shortcuts of GET only: to DELETE, the words are ids that do not exist.
        for deployment in self._model(call).deployments:
            word = call.path["deployment"]
            if (word == "production" and deployment.is_production) or (
                word == "development" and deployment.is_development
            ):
                return JSONResponse(deployment.json())
        return JSONResponse(self._deployment(call).json())

    def _delete_model(self, call: Call) -> Response:
        model = self._model(call)
        del self._models[model.id]
        return JSONResponse({"id": model.id, "deleted": True})

    def _delete_deployment(self, call: Call) -> Response:
        model, deployment = self._model(call), self._deployment(call)
        if deployment.is_production:
            raise ApiError(400, f"{deployment.id} is the production deployment. Replace it before deleting it.")
        if deployment.environment:
            raise ApiError(400, f"{deployment.id} is in the environment {deployment.environment}.")
        if len(model.deployments) == 1:
            raise ApiError(400, f"{deployment.id} is the only deployment of the model.")
        model.deployments.remove(deployment)
        return JSONResponse({"id": deployment.id, "deleted": True, "model_id": model.id})
