"""What the system page shows of the settings."""

import pytest

from app.main.vitals import settings_shown
from app.settings import Settings


def test_of_each_webhook_secret_only_its_name_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_WEBHOOK_SECRETS", '{"CRM": "hush", "LAB": ""}')
    monkeypatch.setenv("DIALAI_WEBHOOK_SIGNING_KEY", "hush")
    shown = {setting.name: setting.value for setting in settings_shown(Settings())}
    assert shown["DIALAI_WEBHOOK_SECRETS"] == "CRM set, not shown; LAB empty"
    assert shown["DIALAI_WEBHOOK_SIGNING_KEY"] == "set, not shown"
