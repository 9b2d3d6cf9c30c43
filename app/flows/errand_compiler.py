"""Turns the forms of quotas, web services and opting out into what runs; knows no other step."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from app.domain.addresses import host_of, is_plainly_private
from app.domain.call import Disposition
from app.flows import errand_forms, model, schema
from app.flows.scope import Scope
from app.flows.talk_compiler import wanted
from app.flows.yaml_tree import Path

SECRET: Final = re.compile(r"\$\{secret\.([A-Za-z_][A-Za-z0-9_]*)\}")
"""How a header names a secret of the settings."""

_OURS: Final = frozenset(
    {"content-type", "content-length", "host", "connection", "transfer-encoding", "idempotency-key"}
    | {"dialai-signature", "accept-encoding", "accept", "user-agent", "te", "upgrade", "expect", "trailer"}
)
_TELLING: Final = re.compile(r"auth|token|secret|key|pass|cookie|credential", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")


def quotas(header: schema.FlowHeader, scope: Scope, steps: Iterable[model.Step]) -> tuple[model.Quota, ...]:
    """Return the flow's cells; what is wrong is reported, and then the result must not be used."""
    cells: list[model.Quota] = []
    if header.quotas and not any(isinstance(step, model.QuotaStep) for step in steps):
        message = "no step looks at these; add one, such as `quota: check` with `full: LABEL`"
        scope.reporter.add(("quotas",), message)
    for index, form in enumerate(header.quotas):
        path: Path = ("quotas", index)
        if any(form.name == cell.name for cell in cells):
            scope.reporter.add((*path, "name"), f"the name `{form.name}` is taken by an earlier quota")
        when = scope.expression(form.when, (*path, "when")) or model.Expression("", frozenset(), None)
        cells.append(model.Quota(form.name, when, form.target))
    return tuple(cells)


def errand_step(
    form: errand_forms.QuotaStepForm | errand_forms.WebhookForm | errand_forms.OptOutForm,
    common: Mapping[str, Any],
    path: Path,
    scope: Scope,
) -> model.Step:
    """Return the step; what is wrong is reported, and then the result must not be used."""
    match form:
        case errand_forms.QuotaStepForm():
            if not scope.header.quotas:
                scope.reporter.add((*path, "quota"), "the flow has no `quotas` for it to look at")
            return model.QuotaStep(**common, full=scope.target(form.full, (*path, "full")))
        case errand_forms.WebhookForm():
            return _webhook(form, common, path, scope)
        case errand_forms.OptOutForm():  # pragma: no branch - mypy proves it is the last
            prompt = None if form.prompt is None else scope.text(form.prompt, (*path, "prompt"))
            return model.OptOutStep(**common, disposition=Disposition(form.end_as), prompt=prompt)


def _webhook(
    form: errand_forms.WebhookForm, common: Mapping[str, Any], path: Path, scope: Scope
) -> model.WebhookStep:
    _check_url(form, (*path, "url"), scope)
    _check_headers(form.headers, (*path, "headers"), scope)
    if not form.wait and (form.save or form.on_fail):
        key = "save" if form.save else "on_fail"
        scope.reporter.add((*path, key), f"`{key}` needs the reply, and `wait: false` does not wait for it")
    body = {name: scope.expression(source, (*path, "send", name)) for name, source in form.send.items()}
    on_fail = form.on_fail
    return model.WebhookStep(
        **common,
        url=form.url,
        body={name: expression for name, expression in body.items() if expression is not None},
        headers=dict(form.headers),
        wanted=tuple(wanted(name, value, (*path, "save", name), scope) for name, value in form.save.items()),
        timeout_ms=form.timeout,
        waits=form.wait,
        prompt=None if form.prompt is None else scope.text(form.prompt, (*path, "prompt")),
        on_fail=None if on_fail is None else scope.target(on_fail, (*path, "on_fail")),
        sensitive=form.sensitive,
    )


def _check_url(form: errand_forms.WebhookForm, path: Path, scope: Scope) -> None:
    """Report an address that is none, or that names a machine of this network by its spelling."""
    url, host = form.url, host_of(form.url)
    if not _PRINTABLE.fullmatch(url) or " " in url or "\\" in url or host is None:
        scope.reporter.add(path, "an address is expected here, such as `https://crm.example.com/calls`")
        return
    parts = urlsplit(url)
    if "${" in url or "@" in parts.netloc or parts.fragment:
        message = "an address has no user, no `#` and no `${...}`: what the caller said is sent by `send`"
        scope.reporter.add(path, message)
    elif parts.scheme != "https" and not (form.private and parts.scheme == "http"):
        scope.reporter.add(path, "answers are sent encrypted: write `https://`")
    elif is_plainly_private(host) and not form.private:
        message = f"`{host}` is a private address; where that is meant, write `private: true`"
        scope.reporter.add(path, message)


def _check_headers(headers: Mapping[str, str], path: Path, scope: Scope) -> None:
    for name, value in headers.items():
        rest = SECRET.sub("", value)
        if name.lower() in _OURS:
            scope.reporter.add((*path, name), f"the header `{name}` is set by DialAI", key=True)
        elif "${" in rest:
            scope.reporter.add((*path, name), "a header may only hold `${secret.NAME}`")
        elif not _PRINTABLE.fullmatch(value):
            scope.reporter.add((*path, name), "a header is one line of plain letters")
        elif _TELLING.search(name) and rest == value:
            message = f"`{name}` looks like a secret: write `${{secret.NAME}}` and set DIALAI_WEBHOOK_SECRETS"
            scope.reporter.add((*path, name), message)
