"""Decisions made below a context, by the primitives for files and hosts, stand in its audit."""

import threading

from llmspell.effects.context import library_context
from llmspell.errors import PermissionDenied
from llmspell.security.profile import resolve_profile


def test_it_decides_as_the_profile_does_and_notes_what_it_said():
    profile = resolve_profile("high", allow=["net:localhost", "write:/srv"], deny=["write:/srv/keep"])
    ctx = library_context(profile=profile)
    asked = ctx.permissions
    answers = [
        asked.decide("net", "localhost:80"),
        asked.decide("net", "example.com:80"),
        asked.decide_address("127.0.0.1", 80, "localhost"),
        asked.decide_address("169.254.169.254", 80, "localhost"),
    ]
    assert [it.allowed for it in answers] == [True, False, True, False]
    assert ctx.decisions == answers
    assert list(ctx.run.audit.counts) == answers
    assert asked.denied_beneath("write", "/srv") == profile.permissions.denied_beneath("write", "/srv") is not None


def test_a_denial_names_the_actor_of_the_context():
    ctx = library_context(profile=resolve_profile("high")).child("part", actor="the tool x")
    decision = ctx.permissions.decide("read", "/etc/hosts")
    error = ctx.permissions.describe_denial(decision)
    assert isinstance(error, PermissionDenied)
    assert error.message.startswith("the tool x needs to read /etc/hosts")


def test_it_may_be_asked_from_another_thread():
    ctx = library_context()
    thread = threading.Thread(target=lambda: ctx.permissions.decide("read", "/a"))
    thread.start()
    thread.join()
    assert [it.allowed for it in ctx.decisions] == [True]
