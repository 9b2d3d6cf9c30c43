"""An AWS account is seen without asking anybody, and a `.env` lends what the environment does not have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.adapters.aws.account import find_account, lend_dotenv

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def profiles(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    (folder / "credentials").write_text(text)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))


def test_an_empty_machine_has_no_account_and_loads_no_sdk_to_know_it() -> None:
    code = (
        "import sys; from app.adapters.aws.account import find_account\n"
        "print(find_account().missing); print('botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines() == [
        "no AWS credentials in the environment, in .env or in ~/.aws",
        "False",
    ]


def test_keys_and_region_of_the_environment_are_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **KEYS, AWS_DEFAULT_REGION="us-west-2", AWS_REGION="eu-west-1")
    found = find_account()
    assert found.is_complete
    assert (found.source, found.region) == ("AWS_ACCESS_KEY_ID", "eu-west-1")


def test_keys_without_a_region_are_no_account_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **KEYS)
    assert find_account().missing == "AWS credentials, but no region: set AWS_REGION"


@pytest.mark.parametrize(("there", "lacking"), [tuple(KEYS), tuple(reversed(KEYS))])
def test_half_a_key_is_named(monkeypatch: pytest.MonkeyPatch, there: str, lacking: str) -> None:
    given(monkeypatch, **{there: "half"}, AWS_REGION="us-east-1")
    found = find_account()
    assert (found.source, found.missing) == ("", f"{there} is set without {lacking}")
    assert found.todo == f"set {lacking} or unset {there}"


@pytest.mark.parametrize("there", ["aws_access_key_id", "aws_secret_access_key"])
def test_half_a_key_in_a_profile_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: str
) -> None:
    profiles(monkeypatch, tmp_path, f"[default]\n{there}=half\nregion=us-east-1\n")
    assert find_account().missing.startswith(f"{there} of the profile default is there without aws_")
    assert find_account().todo


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("aws_access_key_id=AK\naws_secret_access_key=s", "access key"),
        ("role_arn=arn:aws:iam::1:role/x\ncredential_source=Ec2InstanceMetadata", "role"),
        ("sso_start_url=https://a.example", "single sign-on"),
        ("credential_process=/bin/false", "credential_process"),
    ],
)
def test_a_profile_is_found_by_what_it_names_and_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, kind: str
) -> None:
    profiles(monkeypatch, tmp_path, f"[work]\n{line}\nregion=eu-central-1\n")
    given(monkeypatch, AWS_PROFILE="work")
    found = find_account()
    assert (found.source, found.region, found.missing) == (f"profile work ({kind})", "eu-central-1", "")


def test_the_default_profile_needs_no_naming(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profiles(monkeypatch, tmp_path, "[default]\naws_access_key_id=AK\naws_secret_access_key=s\n")
    given(monkeypatch, AWS_REGION="us-east-1")
    assert find_account().source == "profile default (access key)"


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_is_not_there_is_said_with_who_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    given(monkeypatch, **{variable: "nobody"}, AWS_REGION="us-east-1")
    found = find_account()
    assert found.missing == f"{variable} names the profile nobody, which is not in ~/.aws"
    assert found.todo == f"correct {variable} or unset it"


def test_files_that_cannot_be_parsed_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profiles(monkeypatch, tmp_path, "not a profile\n")
    assert find_account().missing == f"{tmp_path / 'credentials'} cannot be read as AWS's settings"
    assert find_account().todo


def test_what_clients_trip_over_is_seen_beside_keys_that_are_complete(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given(monkeypatch, **KEYS, AWS_REGION="us-east-1")
    assert find_account(whole=True).is_complete
    profiles(monkeypatch, tmp_path, "[work\n")
    assert find_account().is_complete
    assert "cannot be read" in find_account(whole=True).missing
    profiles(monkeypatch, tmp_path, "[work]\n")
    given(monkeypatch, AWS_PROFILE="nobody")
    assert "names the profile nobody" in find_account(whole=True).missing


@pytest.mark.parametrize(
    "variable", ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
)
def test_a_container_that_lends_its_role_is_an_account(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    given(monkeypatch, **{variable: "/creds"}, AWS_REGION="us-east-1")
    assert find_account().source == "the container's role"


def test_a_profile_gives_the_region_that_the_environment_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profiles(monkeypatch, tmp_path, "[default]\nregion=ap-south-1\n")
    given(monkeypatch, **KEYS)
    assert (find_account().source, find_account().region) == ("AWS_ACCESS_KEY_ID", "ap-south-1")


def test_a_dotenv_lends_its_aws_variables_and_no_others(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_REGION=r\nPATH=/evil\n")
    environ = {"PATH": "/bin"}
    lend_dotenv(tmp_path / ".env", environ)
    assert environ == {
        "PATH": "/bin",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "r",
    }


@pytest.mark.parametrize("named", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
def test_two_identities_are_never_mixed(tmp_path: Path, named: str) -> None:
    (tmp_path / ".env").write_text("AWS_ACCESS_KEY_ID=a\nAWS_SESSION_TOKEN=t\nAWS_DEFAULT_REGION=r\n")
    environ = {named: "mine", "AWS_REGION": "mine"}
    lend_dotenv(tmp_path / ".env", environ)
    assert environ == {named: "mine", "AWS_REGION": "mine"}


def test_no_dotenv_lends_nothing(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    lend_dotenv(tmp_path / ".env", environ)
    assert environ == {}


def test_the_suite_sees_no_account_of_this_machine() -> None:
    assert not find_account(os.environ).is_complete
