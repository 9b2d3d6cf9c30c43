"""Bedrock's control plane as far as a harmless check of model access needs it."""

from typing import Any

from tests.doubles.aws.account import ACCOUNT_ID, Refusal
from tests.doubles.aws.log import Service
from tests.doubles.aws.models import Model, plain_id
from tests.doubles.aws.routes import Route
from tests.doubles.aws.serving import Serving


async def _list_models(serving: Serving) -> None:
    serving.account.allow("bedrock:ListFoundationModels")
    wanted = serving.request.body.get("byProvider", "").lower()
    models = [m for m in serving.account.models.values() if wanted in {"", m.provider.lower()}]
    await _answer(serving, {"modelSummaries": [_summary(serving, model) for model in models]})


async def _get_model(serving: Serving) -> None:
    model = _model(serving, "bedrock:GetFoundationModel")
    await _answer(serving, {"modelDetails": _summary(serving, model)})


async def _availability(serving: Serving) -> None:
    model = _model(serving, "bedrock:GetFoundationModelAvailability")
    locked = model.model_id in serving.account.locked_models
    there = "NOT_AVAILABLE" if locked else "AVAILABLE"
    answer = {
        "modelId": model.model_id,
        "agreementAvailability": {"status": there},
        "authorizationStatus": "NOT_AUTHORIZED" if locked else "AUTHORIZED",
        "entitlementAvailability": there,
        "regionAvailability": "AVAILABLE",
    }
    await _answer(serving, answer)


async def _get_profile(serving: Serving) -> None:
    model = _model(serving, "bedrock:GetInferenceProfile")
    profile = str(serving.request.body["id"]).rsplit("/", 1)[-1]
    if profile == model.model_id:
        raise Refusal(400, "ValidationException", "The provided inference profile identifier is invalid.")
    await _answer(serving, _profile(serving, profile, model))


async def _list_profiles(serving: Serving) -> None:
    serving.account.allow("bedrock:ListInferenceProfiles")
    models = [model for model in serving.account.models.values() if model.profile_only]
    summaries = [_profile(serving, f"us.{model.model_id}", model) for model in models]
    await _answer(serving, {"inferenceProfileSummaries": summaries})


def _model(serving: Serving, action: str) -> Model:
    wanted = str(serving.request.body["id"])
    serving.account.allow(action, wanted)
    model = serving.account.models.get(plain_id(wanted))
    if model is None:
        raise Refusal(
            404, "ResourceNotFoundException", f"Could not resolve {wanted} from the given identifier."
        )
    return model


async def _answer(serving: Serving, value: dict[str, Any]) -> None:
    if not await serving.meets_early_fault():
        serving.wire.answer_json(value)
        serving.complete()


def _arn(serving: Serving, model: Model) -> str:
    return f"arn:aws:bedrock:{serving.request.region}::foundation-model/{model.model_id}"


def _summary(serving: Serving, model: Model) -> dict[str, Any]:
    return {
        "modelArn": _arn(serving, model),
        "modelId": model.model_id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["INFERENCE_PROFILE" if model.profile_only else "ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def _profile(serving: Serving, profile: str, model: Model) -> dict[str, Any]:
    region = serving.request.region
    return {
        "inferenceProfileName": model.name,
        "inferenceProfileArn": f"arn:aws:bedrock:{region}:{ACCOUNT_ID}:inference-profile/{profile}",
        "models": [{"modelArn": _arn(serving, model)}],
        "inferenceProfileId": profile,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


_ID = "(?P<id>[^/]+)"
ROUTES = tuple(
    Route(Service.BEDROCK_CONTROL, operation, "GET", path, "bedrock", serve)
    for operation, path, serve in (
        ("ListFoundationModels", "/foundation-models", _list_models),
        ("GetFoundationModel", f"/foundation-models/{_ID}", _get_model),
        ("GetFoundationModelAvailability", f"/foundation-model-availability/{_ID}", _availability),
        ("ListInferenceProfiles", "/inference-profiles", _list_profiles),
        ("GetInferenceProfile", f"/inference-profiles/{_ID}", _get_profile),
    )
)
