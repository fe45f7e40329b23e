from __future__ import annotations

import json
from typing import Any

import pytest

from llmspell.errors import BadArgument, NotFound, PermissionDenied
from llmspell.globals.config import ConfigGlobal
from llmspell.globals.services import NoSettings


def test_settings_are_read_by_path(script: Any) -> None:
    assert script.call("Config", "get", "tools.timeout_s") == 5
    assert script.call("Config", "get", "tools") == {"timeout_s": 5}
    assert script.call("Config", "get", "tools.nothing.more", 7) == 7
    assert script.call("Config", "get")["name"] == "x"
    assert json.loads(script.call("Config", "toJson")) == script.call("Config", "get")


def test_a_section_is_found_or_the_nearest_is_named(script: Any) -> None:
    assert script.call("Config", "getSection", "log") == {"level": "info"}
    assert script.call("Config", "get_tools") == {"timeout_s": 5}
    with pytest.raises(NotFound, match="did you mean tools"):
        script.call("Config", "get_section", "tolos")


def test_what_a_script_gets_is_its_own(script: Any) -> None:
    script.call("Config", "get", "tools")["timeout_s"] = 9
    assert script.call("Config", "get", "tools.timeout_s") == 5


def test_rights_and_limits_are_shown(make_script: Any) -> None:
    script = make_script("net:example.com", deny=("tool:calculator",))
    shown = script.call("Config", "getPermissions")
    assert shown["profile"] == "test" and "net:example.com" in shown["allow"] and shown["deny"] == ["tool:calculator"]
    security = script.call("Config", "get_security")
    assert security["limits"]["wall_s"] == 300.0 and security["allow"] == shown["allow"]


def test_asking_says_what_is_granted_without_a_trace_in_the_audit(make_script: Any, tmp_path: Any) -> None:
    script = make_script("net:example.com", "write:out")
    assert script.call("Config", "is_network_access_allowed", "example.com") is True
    assert script.call("Config", "is_network_access_allowed", "example.org") is False
    assert script.call("Config", "isFileAccessAllowed", "out/x", True) is True
    assert script.call("Config", "is_file_access_allowed", "x", write=True) is False
    assert script.call("Config", "is_allowed", "net:example.com:443") is True
    assert script.call("Config", "is_allowed", "run:git") is False
    assert script.run.audit.counts == {}
    for wrong in ("nett:x", "*"):
        with pytest.raises(BadArgument):
            script.call("Config", "is_allowed", wrong)


def test_a_right_can_be_given_up_and_not_taken_back(make_script: Any) -> None:
    script = make_script("net:*")
    script.call("Config", "drop", "net:example.com")
    assert script.call("Config", "is_network_access_allowed", "example.com") is False
    assert script.call("Config", "is_network_access_allowed", "example.org") is True
    with pytest.raises(PermissionDenied, match="cannot widen"):
        script.call("Config", "addAllowedHost", "example.com")
    script.call("Config", "drop", "*")
    with pytest.raises(PermissionDenied):
        script.call("Tool", "execute", "calculator", input="1")
    assert script.notes("dropped") == ["net:example.com", "*"]
    with pytest.raises(BadArgument):
        script.call("Config", "drop", "nett:x")


def test_asking_for_what_is_granted_is_no_error_and_for_more_is_one(make_script: Any) -> None:
    script = make_script("write:out", "net:example.com")
    assert script.call("Config", "add_allowed_path", "out/x", "write") is None
    assert script.call("Config", "add_allowed_host", "example.com") is None
    with pytest.raises(PermissionDenied, match="--allow"):
        script.call("Config", "add_allowed_path", "other", "write")
    with pytest.raises(BadArgument, match="no mode"):
        script.call("Config", "add_allowed_path", "out", "both")


def test_a_program_without_settings_has_none(script: Any) -> None:
    assert script.call(ConfigGlobal(NoSettings(), script.services.models), "get") == {}
    assert script.call(ConfigGlobal(NoSettings(), script.services.models), "get_tools") == {}
