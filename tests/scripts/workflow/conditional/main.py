def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def says(name):
    return {"name": name, "fn": lambda ctx: name}


def done(r):
    return ",".join(s.name for s in r.steps if s.status == "succeeded") if r.success else r.error_code + ": " + r.error


shared = {"mode": "fast", "n": 3, "name": "Ada", "list": [1, 2]}


def holds(condition, input=None):
    return done(Workflow.conditional(shared_data=shared, condition=condition, then_steps=[says("yes")], else_steps=[says("no")]).execute(input))


shown("always", holds("always"), holds({"type": "always"}), holds("never"), holds({"type": "never"}), holds(True), holds(False))
shown("shared", holds({"type": "shared_data_equals", "key": "mode", "value": "fast"}), holds({"type": "shared_data_equals", "key": "mode", "value": "slow"}), holds({"type": "shared_data_equals", "key": "n", "expected_value": 3}))
shown("exists", holds({"type": "shared_data_exists", "key": "mode"}), holds({"type": "shared_data_exists", "key": "mood"}))
shown("and", holds({"type": "and", "conditions": ["always", "never"]}), holds({"type": "and", "conditions": ["always", {"type": "shared_data_exists", "key": "n"}]}))
shown("or", holds({"type": "or", "conditions": ["never", "always"]}), holds({"type": "or", "conditions": ["never", "never"]}))
shown("not", holds({"type": "not", "condition": "never"}), holds({"not": "always"}))
shown("function", holds(lambda ctx: ctx.shared.n == 3), holds(lambda ctx: ctx.input.go, {"go": False}), holds(lambda ctx: None), holds(lambda ctx: 0))
shown("expression", holds("input.n > 3", {"n": 4}), holds("input.n > 3", {"n": 3}), holds("shared.mode == 'fast' and input.n in [1, 2]", {"n": 2}))
shown("expression", holds("{{input.n}} > 3", {"n": 4}), holds("not input.done", {"done": True}))


# Of what earlier steps have done.
def bad(ctx):
    raise LLMSpellError("broken", code="script_error")


def after(condition):
    return done(Workflow.sequential(error_strategy="continue", steps=[
        {"name": "good", "fn": lambda ctx: {"text": "all is well", "n": 7}},
        {"name": "bad", "fn": bad, "optional": True},
        {"name": "then", "fn": lambda ctx: 1, "condition": condition},
    ]).execute())


shown("step", after({"type": "step_succeeded", "step": "good"}), after({"type": "step_succeeded", "step": "bad"}), after({"type": "step_failed", "step": "bad"}), after({"type": "step_failed", "step": "good"}))
shown("output", after({"type": "step_output_contains", "step": "good", "text": "well"}), after({"type": "step_output_contains", "step": "good", "text": "ill"}))
shown("result", after({"type": "step_result_equals", "step": "good", "path": "n", "value": 7}), after({"type": "step_result_equals", "step": "good", "path": "n", "value": 8}))
shown("text", after("steps.good.n > 6 and steps.good.text != ''"), after("steps.good.n > 7"))


# The first branch whose condition holds, or all of them, or the default.
def taken(fields, input):
    return done(Workflow.conditional(
        branches=[
            {"name": "small", "condition": "input.n < 10", "steps": [says("s1"), says("s2")]},
            {"name": "even", "condition": lambda ctx: ctx.input.n % 2 == 0, "steps": [says("e1")]},
        ],
        default=[says("d1")],
        **fields,
    ).execute(input))


shown("first", taken({}, {"n": 4}), taken({}, {"n": 14}), taken({}, {"n": 15}))
shown("all", taken({"match": "all"}, {"n": 4}), taken({"match": "all"}, {"n": 14}), taken({"match": "all"}, {"n": 15}))
r = Workflow.conditional(branches=[{"name": "none", "condition": "never", "steps": [says("x")]}]).execute()
shown("none", r.success, len(r.steps), r.output)
