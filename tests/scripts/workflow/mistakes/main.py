def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def one(ctx):
    return 1


def mistake(what, make):
    try:
        make()
    except LLMSpellError as e:
        shown(what, e.code, e.message)
        return shown("", e.hint, e.details.get("path"))
    shown(what, "no mistake")


def table_(t):
    return lambda: Workflow.from_table(t)


a = {"name": "a", "fn": one}
mistake("cycle", table_({"type": "dag", "steps": [{"name": "a", "fn": one, "depends_on": ["c"]}, {"name": "b", "fn": one, "depends_on": ["a"]}, {"name": "c", "fn": one, "depends_on": ["b"]}]}))
mistake("itself", table_({"type": "dag", "steps": [{"name": "a", "fn": one, "depends_on": ["a"]}]}))
mistake("dependency", table_({"type": "dag", "steps": [{"name": "fetch", "fn": one}, {"name": "b", "fn": one, "depends_on": ["fecth"]}]}))
mistake("edge", table_({"type": "dag", "steps": [{"name": "fetch", "fn": one}], "edges": [{"from": "fetch", "to": "fecth"}]}))
mistake("duplicate", table_({"type": "sequential", "steps": [a, {"name": "b", "fn": one}, {"name": "a", "fn": one}]}))
mistake("tool", table_({"type": "sequential", "steps": [{"name": "x", "tool": "calculater"}]}))
mistake("agent", table_({"type": "sequential", "steps": [{"name": "x", "agent": "nobody"}]}))
mistake("workflow", table_({"type": "sequential", "steps": [{"name": "x", "workflow": "nothing"}]}))
mistake("template", table_({"type": "sequential", "steps": [{"name": "x", "template": "no-such-template"}]}))
mistake("type", table_({"type": "sequentail", "steps": [a]}))
mistake("field", table_({"type": "sequential", "stps": [a]}))
mistake("step field", table_({"type": "sequential", "steps": [{"name": "a", "fn": one, "depend_on": ["b"]}]}))
mistake("no steps", table_({"type": "sequential"}))
mistake("empty", table_({"type": "parallel", "steps": []}))
mistake("no action", table_({"type": "sequential", "steps": [{"name": "a"}]}))
mistake("two actions", table_({"type": "sequential", "steps": [{"name": "a", "fn": one, "tool": "calculator"}]}))
mistake("step kind", table_({"type": "sequential", "steps": [{"name": "a", "type": "tol", "tool": "calculator"}]}))
mistake("not a table", table_({"type": "sequential", "steps": ["a"]}))
mistake("not a list", table_({"type": "sequential", "steps": {"first": 1}}))
mistake("not a function", table_({"type": "sequential", "steps": [{"name": "a", "fn": "f"}]}))
mistake("timeout", table_({"type": "sequential", "timeout_ms": -1, "steps": [a]}))
mistake("retry", table_({"type": "sequential", "steps": [{"name": "a", "fn": one, "retry": {"attempts": 0}}]}))
mistake("retry field", table_({"type": "sequential", "steps": [{"name": "a", "fn": one, "retry": {"atempts": 2}}]}))
mistake("strategy", table_({"type": "sequential", "error_strategy": "explode", "steps": [a]}))
mistake("on_error", table_({"type": "sequential", "steps": [{"name": "a", "fn": one, "on_error": "planb"}, {"name": "plan_b", "fn": one}]}))
mistake("concurrency", table_({"type": "parallel", "max_concurrency": 0, "steps": [a]}))
mistake("loop", table_({"type": "loop", "steps": [a]}))
mistake("range", table_({"type": "loop", "range": {"start": 1, "end": 3, "step": 0}, "steps": [a]}))
mistake("aggregation", table_({"type": "loop", "range": {"start": 1, "end": 3}, "aggregation": "sum", "steps": [a]}))
mistake("no branch", table_({"type": "conditional"}))
mistake("condition", table_({"type": "conditional", "condition": {"type": "shared_data_equal", "key": "x", "value": 1}, "then_steps": [a]}))
mistake("condition field", table_({"type": "conditional", "condition": {"type": "shared_data_equals", "value": 1}, "then_steps": [a]}))
mistake("expression", table_({"type": "conditional", "condition": "input.n >", "then_steps": [a]}))
mistake("expression", table_({"type": "conditional", "condition": "__import__('os').system('x')", "then_steps": [a]}))
mistake("expression", table_({"type": "conditional", "condition": "input.x.__class__", "then_steps": [a]}))
mistake("steps of what", lambda: Workflow.sequential("x", {"steps": [{"name": "a", "tool": {"execute": "x"}}]}))
mistake("plain", table_({"type": "sequential", "steps": [{"name": "a", "tool": "calculator", "input": {"input": one}}]}))
mistake("input", lambda: Workflow.sequential(steps=[a]).execute(f=one))
mistake("found", lambda: Workflow.execute("nothing"))
mistake("found", lambda: Workflow.execute(7))
mistake("register", lambda: Workflow.register(7))
shown(Workflow.get("nothing"), Workflow.exists("nothing"), Workflow.remove("nothing"))
