def nil(value):
    return "nil" if value is None else value


def attempt(fn, *args, **kwargs):
    try:
        fn(*args, **kwargs)
    except LLMSpellError as e:
        print("false", e.code, e.message, nil(e.hint), nil((e.details or {}).get("path")), sep="\t")


attempt(Template.execute, "debat", question="x")
attempt(Template.info, "no such thing at all")
attempt(Template.schema, "debat")
attempt(Template.estimate_cost, "debate", {})
attempt(Template.execute, "debate", question="x", ruonds=1)
attempt(Template.execute, "debate", question="x", rounds=99)
attempt(Template.execute, "debate", question=7)
attempt(Template.execute, "debate", question="x", models={"jugde": "echo"})
attempt(Template.execute, "debate", question="x", model="opnai/gpt-5")
attempt(Template.execute, "debate", question="x", context=print)
attempt(Template.execute, "map-reduce", instruction="x", documents={})
attempt(Template.execute, "code-review", code="x" * 5000, chunk_chars=1000, max_chunks=2, model="echo")
attempt(Template.register, name="1", description="d", execute=print)
attempt(Template.register, name="x", description="d")
attempt(Template.register, name="x", description="d", execute=lambda params: None, parameters={"a": "strng"})
attempt(Template.register, name="x", description="d", workflow="text")
estimate = Template.estimate_cost("debate", question="x", model="echo")
least, most = estimate.min["calls"], estimate.max["calls"]
print(estimate.calls, estimate.usd, least, most, estimate.confidence, estimate.model, sep="\t")
