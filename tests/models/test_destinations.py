"""What a script needs to be allowed to name a server, and which servers are whose."""

import asyncio

import pytest

from llmspell.effects.context import RunContext
from llmspell.effects.run import Run
from llmspell.errors import BadArgument, PermissionDenied
from llmspell.models.destinations import home_of_key, is_cleartext, is_home, net_subject, permit_url
from llmspell.models.providers import BUILTIN
from llmspell.security.profile import Profile


def context(*allow):
    return RunContext(Run(Profile.builder("test").extends("medium").allow(*allow).build()))


@pytest.mark.parametrize(
    ("url", "subject"),
    [
        ("https://API.example.com/v1", "api.example.com:443"),
        ("http://localhost:11434/v1", "localhost:11434"),
        ("http://0x7f000001:1", "127.0.0.1:1"),
        ("http://[::1]:8/v1", "[::1]:8"),
    ],
)
def test_the_permission_names_host_and_port(url, subject):
    assert net_subject(url) == subject
    with pytest.raises(BadArgument):
        net_subject("file:///etc/passwd")


def test_a_server_that_a_script_names_needs_net_and_its_addresses_must_be_meant():
    url = "http://127.0.0.1:9/v1"
    with pytest.raises(PermissionDenied) as caught:
        asyncio.run(permit_url(context(), url))
    assert "--allow net:127.0.0.1:9" in caught.value.hint
    asyncio.run(permit_url(context("net:127.0.0.1:9"), url))
    with pytest.raises(PermissionDenied, match="this machine"):
        asyncio.run(permit_url(context("net:*"), url))


def test_home_is_the_same_scheme_host_and_port():
    openai = BUILTIN["openai"]
    assert is_home("https://api.openai.com/other", openai)
    for url in ("http://api.openai.com/v1", "https://api.openai.com:8443", "https://openai.com", ""):
        assert not is_home(url, openai)
    assert not is_home("https://x.openai.azure.com", BUILTIN["azure"])
    assert home_of_key("https://api.groq.com/x", "GROQ_API_KEY")
    assert not home_of_key("https://api.groq.com/x", "OPENAI_API_KEY")
    assert not home_of_key("https://evil.example", "OPENAI_API_KEY")


def test_only_http_to_another_machine_is_in_the_clear():
    assert is_cleartext("http://10.0.0.1/v1") and is_cleartext("HTTP://h")
    assert not is_cleartext("https://h") and not is_cleartext("http://localhost:1") and not is_cleartext("")
