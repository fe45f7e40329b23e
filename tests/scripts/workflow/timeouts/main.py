began, ended = Async.channel(10), Async.channel(10)


def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def stuck(ctx):
    began.send(ctx.step)
    try:
        Async.sleep(30)
    except LLMSpellError as e:
        ended.send(f"{ctx.step} {e.code}")
        raise


def slow(ctx):
    Async.sleep(30)


def quick(ctx):
    return 1


def shown(what, r):
    rows = [f"{s.name}={s.status}*{s.attempts} {'nil' if s.error_code is None else s.error_code}" for s in r.steps]
    show(what, r.success, r.error, r.error_code, ", ".join(rows))


# A step has its time,
shown("step", Workflow.sequential(steps=[{"name": "slow", "fn": slow, "timeout_ms": 15}, {"name": "next", "fn": quick}]).execute())
shown("continue", Workflow.sequential(error_strategy="continue", steps=[{"name": "slow", "fn": slow, "timeout_ms": 15}, {"name": "next", "fn": quick}]).execute())
# each of its attempts has,
shown("attempts", Workflow.sequential(steps=[{"name": "slow", "fn": slow, "timeout_ms": 10, "retry": {"attempts": 2, "on": ["timed_out"]}}]).execute())
# and the whole has.
shown("whole", Workflow.sequential(name="whole", timeout_ms=20, steps=[{"name": "quick", "template": "{{workflow.name}}"}, {"name": "slow", "fn": slow}, {"name": "never", "fn": slow}]).execute())
shown("at once", Workflow.parallel(timeout_ms=20, steps=[{"name": "a", "fn": slow}, {"name": "b", "fn": slow}]).execute())
shown("builder", Workflow.builder().sequential().timeout_ms(15).add_step("slow", slow).build().execute())
# So has a tool, an agent, a workflow.
sleepy = Tool.create(name="sleepy", description="Sleeps", parameters={}, execute=lambda p: Async.sleep(30))
agent = Agent.create(name="slow", model={"scripted": [{"text": "late", "delay_ms": 20000}]})
shown("tool", Workflow.sequential(steps=[{"name": "tool", "tool": sleepy, "timeout_ms": 15}]).execute())
shown("agent", Workflow.sequential(steps=[{"name": "agent", "agent": agent, "input": "hi", "timeout_ms": 15}]).execute())
shown("workflow", Workflow.sequential(steps=[{"name": "workflow", "workflow": {"type": "sequential", "steps": [{"name": "in", "fn": slow}]}, "timeout_ms": 15}]).execute())
# What is quick enough is not troubled.
shown("twin", Workflow.sequential(timeout_ms=60000, steps=[{"name": "quick", "fn": quick, "timeout_ms": 50000}]).execute())
# The function is really stopped, by its step's time and by the script's own patience.
shown("stopped", Workflow.sequential(steps=[{"name": "late", "fn": stuck, "timeout_ms": 200}]).execute())
show(began.receive(), ended.receive())
task = Async.spawn(lambda: Workflow.parallel(steps=[{"name": "mine", "fn": stuck}]).execute())
show(began.receive())
task.cancel()
show(ended.receive())
try:
    Async.timeout(0.02, lambda: Workflow.sequential(steps=[{"name": "mine", "fn": slow}]).execute())
except TimedOut as e:
    show(False, e.code)
