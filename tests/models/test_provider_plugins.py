"""Providers that other packages bring: a real distribution on sys.path, looked for in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODULE = """
from llmspell.models.messages import assistant
from llmspell.models.protocol import Capabilities, Completed, ModelResponse

class Acme:
    def __init__(self, config, name):
        self._config, self.provider, self.name, self.capabilities = config, config.name, name, Capabilities()

    async def request(self, request):
        key = self._config.key()
        return ModelResponse(assistant(f"{self.name} at {self._config.base_url or 'home'} with {key or 'no key'}"))

    async def stream(self, request):
        yield Completed(await self.request(request))

    async def aclose(self):
        pass

def broken(config, name):
    raise RuntimeError("its own trouble")

def nothing(config, name):
    return object()
"""

ASK = """
import asyncio, sys
from llmspell.config.load import load_settings
from llmspell.errors import LLMSpellError
from llmspell.models.catalog import ModelCatalog
from llmspell.models.messages import user
from llmspell.models.protocol import ModelRequest
found = ModelCatalog(load_settings())
for name in sys.argv[1:]:
    try:
        model = found.find(name)
        print(asyncio.run(model.request(ModelRequest((user("x"),)))).message.text)
    except LLMSpellError as error:
        print(f"{error.code}: {error}")
print(*(it.name for it in found.providers() if it.api == "plugin"))
"""


@pytest.fixture
def ask(tmp_path):
    """ask(settings, *names): what models of these names answer where a package `acme-models` is installed."""
    site = tmp_path / "site"
    info = site / "acme_models-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "acme_models.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-models\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[llmspell.providers]\nacme = acme_models:Acme\nacme_two = acme_models:Acme\n"
        "broken = acme_models:broken\nnothing = acme_models:nothing\nmissing = no_such_module:x\n"
        "openai = acme_models:Acme\n"
    )

    def asking(settings, *names, **variables):
        (tmp_path / "llmspell.toml").write_text(settings)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{site}",
            **{key: it for key, it in os.environ.items() if key.startswith("COVERAGE")},
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-c", ASK, *names],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return asking


def test_an_installed_package_brings_providers_without_any_setting(ask):
    *answers, providers = ask("", "acme/m1", "acme-two/m/2")
    assert answers == ["m1 at home with no key", "m/2 at home with no key"]
    assert providers.split() == ["acme", "acme-two", "broken", "missing", "nothing"]  # openai is still the table's


def test_settings_give_it_an_address_and_a_key(ask):
    table = '[providers.acme]\napi_key = { env = "ACME" }\ndefault_model = "m0"\n'
    assert ask(table, "acme", ACME="k1")[0] == "m0 at home with k1"
    at = table + 'api = "plugin"\nbase_url = "http://localhost:1"'
    assert ask(at, "acme/m", ACME="k1")[0] == "m at http://localhost:1 with k1"
    assert ask('[providers.openai]\napi = "plugin"\napi_key = "k2"', "openai/m")[0].endswith("with k2")


def test_one_that_fails_is_an_error_that_names_the_package(ask):
    broken, nothing, missing = ask("", "broken/m", "nothing/m", "missing/m")[:3]
    assert broken.startswith(
        "config_error: the provider broken of the package acme-models failed: RuntimeError: its own"
    )
    assert "returned no model: it has no provider" in nothing
    assert "missing of the package acme-models failed: ModuleNotFoundError" in missing


def test_one_that_nobody_brings_is_an_error_that_names_those_that_are(ask):
    unknown, asked_for = ask('[providers.other]\napi = "plugin"', "acmee/m", "other/m")[:2]
    assert unknown.startswith("model_not_found: no provider is called acmee") and "did you mean acme" in unknown
    assert "no installed package brings the provider other" in asked_for and "acme, acme-two" in asked_for
