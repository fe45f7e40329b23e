def failing(turn):
    return {"scripted": {"turns": [turn], "repeat": "last"}}


looping = {"scripted": {"turns": [{"tool": "calculator", "arguments": {"input": "1"}}], "repeat": "last"}}
cases = [
    (ModelNotFound, lambda: Agent.create(model="opnai/x")),
    (ToolNotFound, lambda: Agent.create(model="echo", tools=["calculater"])),
    (AgentNotFound, lambda: Agent.get_info("nobody")),
    (BadArgument, lambda: Agent.create(model="echo", temperature=9)),
    (ProviderError, lambda: Agent.create(model=failing({"error": 401})).execute("x")),
    (MalformedAnswer, lambda: Agent.create(model=failing({"error": {"malformed": "choices"}}), retries=0).execute("x")),
    (SchemaError, lambda: Agent.create(model=failing("x"), schema={"n": "integer"}).execute("x")),
    (AgentStopped, lambda: Agent.create(model=looping, tools=["calculator"]).execute("x")),
    (TimedOut, lambda: Agent.create(model=failing({"text": "x", "delay_ms": 20000}), timeout_s=0.01).execute("x")),
    (BudgetExceeded, lambda: Agent.create(model=failing("x"), budget={"tokens": 1}).execute("x")),
    (PermissionDenied, lambda: Agent.create(model="echo").execute({"text": "x", "images": ["/etc/hostname"]})),
    (KeyMissing, lambda: Agent.create(model="groq/llama-3.1-8b-instant").execute("x")),
    (ConfigError, lambda: Agent.create({})),
    (NotFound, lambda: Agent.create_from_template("a", "none")),
]
for kind, fn in cases:
    try:
        fn()
    except kind as e:
        found = [e.hint is not None, bool(e.details), e.message in str(e), isinstance(e, LLMSpellError)]
        print(kind.__name__, "false", e.code, *(str(it).lower() for it in found[:3]), sep="\t")
