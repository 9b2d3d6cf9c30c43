"""What the system page shows of this configuration: engines, settings without secrets, versions."""

import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata

from pydantic import SecretStr

from app.adapters.resilience.health import Health
from app.settings import Settings
from app.web.vitals import Engine, Setting, Vitals

_SHOWN = ("dialai", "uvicorn", "fastapi", "sqlalchemy", "aiobotocore", "pocketsphinx", "twilio")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


class Observer:
    """Looks at a process: what stays is found out at the first look, the rest at each."""

    def __init__(
        self,
        settings: Settings,
        problems: Sequence[str],
        gauges: Callable[[], Mapping[str, float]],
        health: Health,
    ) -> None:
        self._settings = settings
        self._problems = problems
        self._gauges = gauges
        self._health = health
        self._lasting: tuple[Sequence[Engine], Sequence[Setting], Mapping[str, str]] | None = None

    def look(self) -> Vitals:
        """Return the process as it is now."""
        if self._lasting is None:
            self._lasting = engines_of(self._settings), settings_shown(self._settings), versions()
        engines, settings, found = self._lasting
        return Vitals(
            self._gauges(),
            self._settings.max_calls,
            engines,
            self._health.health(),
            settings,
            found,
            self._problems,
        )


def engines_of(settings: Settings) -> tuple[Engine, ...]:
    """Return what hears, thinks and speaks."""
    roles = (("hearing", "stt"), ("thinking", "llm"), ("speaking", "tts"))
    return tuple(Engine(does, getattr(settings, name).value, settings.why(name)) for does, name in roles)


def settings_shown(settings: Settings) -> tuple[Setting, ...]:
    """Return every variable. Of a secret only whether it is there; of an address, not its password."""
    return tuple(_settings(settings))


def versions() -> dict[str, str]:
    """Return the versions of what a fault may lie in."""
    found = {"python": platform.python_version()}
    for name in _SHOWN:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _settings(settings: Settings) -> Iterator[Setting]:
    for name, field in type(settings).model_fields.items():
        alias = field.validation_alias
        variable = getattr(alias, "choices", [f"DIALAI_{name.upper()}"])[0]
        shown = _told(getattr(settings, name))
        yield Setting(str(variable), shown, field.description or "", name in settings.model_fields_set)


def _told(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return "set, not shown" if value.get_secret_value() else ""
        case dict() if any(isinstance(one, SecretStr) for one in value.values()):
            return "; ".join(f"{name} {_told(one) or 'empty'}" for name, one in value.items())
        case _:
            return _PASSWORD.sub("…@", str(value))
