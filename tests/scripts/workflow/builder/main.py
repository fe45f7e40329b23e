def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def fn(text):
    return lambda ctx: text + (ctx.previous or "")


def done(wf, *args, **input):
    r = wf.execute(*args, **input)
    rows = [s.name + "=" + s.status for s in r.steps]
    shown(wf.name, wf.type, r.success, " ".join(rows), JSON.stringify(r.output), r.error)
    return r


def item(ctx):
    return ctx.loop.item


def count(ctx):
    ctx.set("n", (ctx.get("n") or 0) + 1)


def bad(ctx):
    raise LLMSpellError("bad", code="script_error")


def flaky(ctx):
    if ctx.attempt < 2:
        raise LLMSpellError("no", code="script_error")
    return ctx.attempt


# The kinds.
done(Workflow.builder().name("seq").description("In order").sequential().add_step(name="a", fn=fn("a")).add_step("b", fn=fn("b")).add_step("c", fn("c")).build())
done(Workflow.builder("par").parallel().max_concurrency(2).fail_fast(True).add_step({"name": "a", "fn": fn("a")}).add_step({"name": "b", "fn": fn("b")}).build())
done(Workflow.builder("pipe").pipeline().add_step("a", lambda ctx: ctx.input + 1).add_step("b", lambda ctx: ctx.input * 2).build(), 4)
done(Workflow.builder("if").conditional().condition("input.n > 1").add_then_step(name="yes", fn=fn("y")).add_else_step("no", fn=fn("n")).build(), n=1)
done(
    Workflow.builder("branches").conditional().match("all")
    .add_branch(name="one", condition="always", steps=[{"name": "x", "fn": fn("x")}])
    .add_branch("two", condition={"type": "never"}, steps=[{"name": "y", "fn": fn("y")}])
    .add_default_step(name="d", fn=fn("d")).build()
)
done(Workflow.builder("default").conditional().add_branch(name="one", condition="never", steps=[{"name": "x", "fn": fn("x")}]).add_default_step("d", fn=fn("d")).build())
done(Workflow.builder("loop1").loop().with_range(1, 3).add_step("t", item).build())
done(Workflow.builder("loop2").loop_workflow().with_range({"start": 2, "end": 6, "step": 2}).add_step("t", item).aggregation("last").build())
done(Workflow.builder("loop3").loop().with_collection(["a", "b", "c"]).break_condition("loop.item == 'b'").add_step("t", item).build())
done(Workflow.builder("loop4").loop().with_while("always").max_iterations(2).add_step("t", item).build())
done(Workflow.builder("loop5").loop().loop_condition(lambda ctx: (ctx.shared.get("n") or 0) < 2).add_step("t", count).aggregation("none").build())
done(Workflow.builder("map").map().with_collection("{{input.list}}").max_concurrency(2).add_step("t", item).build(), list=[7, 8])
done(
    Workflow.builder("dag").dag().add_step(name="b", fn=fn("b"), depends_on=["a"]).add_step(name="a", fn=fn("a"))
    .add_step(name="c", fn=fn("c")).add_step(name="d", fn=fn("d")).add_edge("b", "c").add_edge({"from": "b", "to": "d", "condition": "never"}).add_edge("c", "d", condition="always", weight=2).build()
)
# Its other fields.
done(Workflow.builder("goes_on").sequential().error_strategy("continue").add_step("bad", bad).add_step("after", fn("after")).build())
done(Workflow.builder("again").sequential().retry(2).add_step("flaky", flaky).build())
done(Workflow.builder("timed").sequential().timeout_ms(60000).add_step("quick", fn("q")).build())
done(Workflow.builder("shared").sequential().shared_data({"a": 1}).shared_data("b", 2).add_step("sum", lambda ctx: ctx.shared.a + ctx.shared.b).build())
done(Workflow.builder("output").sequential().output({"said": "{{steps.a}}"}).add_step("a", fn("a")).build())
done(Workflow.builder("text").sequential().add_template_step(name="t", template="Dear {{input.who}}").build(), who="Ada")
done(Workflow.builder("text2").sequential().add_template_step("t", "Dear {{input.who}}").build(), who="Bob")
done(Workflow.builder("any").set("type", "sequential").with_field("description", "x").set("timeout_ms", 5).set("timeout_ms", None).add_step("a", fn("a")).build())
# A builder can go on after it has built; what it built does not change.
b = Workflow.builder("on").sequential().add_step("a", fn("a"))
before = b.build()
after = b.name("on2").add_step("b", fn("b")).build()
done(before)
done(after)


# Mistakes.
def mistake(make):
    try:
        make()
        shown(True)
    except LLMSpellError as e:
        shown(False, e.code, e.message, e.hint, e.details.get("path"))


mistake(lambda: Workflow.builder().sequential().add_step(1, {"fn": fn("x")}))
mistake(lambda: Workflow.builder().sequential().add_step(name="x").build())
mistake(lambda: Workflow.builder().sequential().set("max_conc", 3).add_step("a", fn("a")).build())
mistake(lambda: Workflow.builder().sequential().build())
mistake(lambda: Workflow.builder().dag().add_step("a", fn("a")).add_edge("a", "b").build())
