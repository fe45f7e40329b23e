def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def rows(r):
    return " ".join(sorted(s.name + "=" + s.status for s in r.steps))


# They are done at once: each waits for what the other says.
ping, pong = Async.channel(1), Async.channel(1)


def a(ctx):
    ping.send("ping")
    return pong.receive()


def b(ctx):
    heard = ping.receive()
    pong.send(heard + " pong")
    return heard


r = Workflow.parallel(name="talk", steps=[{"name": "a", "fn": a}, {"name": "b", "fn": b}]).execute()
shown(r.success, r.outputs.a, r.outputs.b, rows(r))
# No more at a time than is said.
count = {"now": 0, "most": 0}


def counted(i):
    def fn(ctx):
        count["now"] += 1
        count["most"] = max(count["most"], count["now"])
        Async.sleep(0.002)
        count["now"] -= 1
        return i

    return fn


r = Workflow.parallel(max_concurrency=3, steps=[{"name": f"s{i}", "fn": counted(i)} for i in range(1, 10)]).execute()
shown(r.success, count["most"], len(r.steps), r.outputs.s1, r.outputs.s9, r.metadata.successful_steps)
# A failing step stops the others under fail_fast, and they are really stopped.
went_on = []


def slow(ctx):
    Async.sleep(30)
    went_on.append(1)


def fails(ctx):
    Async.sleep(0.001)
    raise LLMSpellError("no luck", code="mine")


def good(ctx):
    Async.sleep(0.005)
    return "good"


r = Workflow.parallel(fail_fast=True, steps=[{"name": "slow", "fn": slow}, {"name": "bad", "fn": fails}]).execute()
shown(r.success, r.error, r.error_code, rows(r), bool(went_on))
r = Workflow.parallel(error_strategy="fail_fast", steps=[{"name": "slow", "fn": slow}, {"name": "bad", "fn": fails}]).execute()
shown(r.success, rows(r))
# Otherwise they go on.
r = Workflow.parallel(fail_fast=False, steps=[{"name": "bad", "fn": fails}, {"name": "good", "fn": good}]).execute()
shown(r.success, r.error, r.error_code, rows(r), r.outputs.good)
# What is optional may fail.
r = Workflow.parallel(steps=[{"name": "bad", "fn": fails, "optional": True}, {"name": "good", "fn": lambda ctx: "good"}]).execute()
shown(r.success, r.error, rows(r), r.outputs.good)
# Branches are steps of steps.
r = Workflow.parallel(name="branched", branches=[
    {"name": "left", "steps": [{"name": "l1", "fn": lambda ctx: 1}, {"name": "l2", "fn": lambda ctx: ctx.previous + 1}]},
    {"name": "right", "steps": [{"name": "r1", "fn": lambda ctx: 10}]},
]).execute()
shown(r.success, r.outputs.l1, r.outputs.l2, r.outputs.r1, rows(r))
# A script that waits no longer stops all of them.
began, ended = Async.channel(2), Async.channel(2)


def waits(ctx):
    began.send(True)
    try:
        Async.sleep(30)
        ended.send(True)
    except Cancelled:
        ended.send(False)


wf = Workflow.parallel(steps=[{"name": "x", "fn": waits}, {"name": "y", "fn": waits}])
task = Async.spawn(lambda: wf.execute())
shown(began.receive(), began.receive())
task.cancel()
try:
    task.wait() if hasattr(task, "wait") else getattr(task, "await")()
    was_stopped = False
except Cancelled:
    was_stopped = True
shown(was_stopped, ended.receive(), ended.receive())
