# Rules of an agent's own, on what goes to its model, comes from it, and goes into its tools.
TEXT = "mail bob@example.com"


def tried(what, fields, input=TEXT):
    agent = Agent.create(name="guarded", **fields)
    try:
        print(f"{what}:", agent.ask(input).text, "", sep="\t")
    except LLMSpellError as e:
        print(f"{what}:", e.code, e.message, sep="\t")


def emails(action, on):
    return {"rules": {"mails": {"find": ["email"], "action": action, "on": [on]}}}


says = {"scripted": {"turns": ["write to bob@example.com now"]}}

tried("nothing", {"model": "echo"})
tried("redact, to", {"model": "echo", "guardrails": emails("redact", "to_model")})
tried("permissive, to", {"model": "echo", "guardrails": emails("permissive", "to_model")})
tried("strict, to", {"model": "echo", "guardrails": emails("strict", "to_model")})
tried("strict, to, clean", {"model": "echo", "guardrails": emails("strict", "to_model")}, "no address")
tried("redact, from", {"model": says, "guardrails": emails("redact", "from_model")})
tried("strict, from", {"model": says, "guardrails": emails("strict", "from_model")})


def send(params):
    print("  sent", params["text"], sep="\t")
    return "sent"


tool = Tool.create(name="send", description="Send.", parameters={"text": "string"}, execute=send)
for action in ("redact", "permissive", "strict"):
    model = {"scripted": {"turns": [{"tool": "send", "arguments": {"text": TEXT}}, "done"]}}
    tried(f"{action}, tool", {"model": model, "tools": [tool], "guardrails": emails(action, "to_tool")})

# A stream: no part of it is seen before the rule.
pieces = {"scripted": {"turns": [{"chunks": ["ask bo", "b@exam", "ple.com or eve@exa", "mple.com"]}]}}
agent = Agent.create(model=pieces, guardrails=emails("redact", "from_model"))
print("stream:", "".join(event.text for event in agent.stream("hi") if event.type == "text"), sep="\t")
agent = Agent.create(name="stopped", model=pieces, guardrails=emails("strict", "from_model"))
text = ""
try:
    for event in agent.stream("hi"):
        if event.type == "text":
            text += event.text
        if event.type == "error":
            print("stream:", event.text, sep="\t")
except GuardrailTripped:
    print("seen:", "false", text, sep="\t")

# What another agent does for one that is guarded is guarded, too.
inner = Agent.create(name="inner", model="echo")
outer = Agent.create(
    name="outer",
    tools=[inner],
    guardrails=emails("strict", "to_model"),
    model={"scripted": {"turns": [{"tool": "inner", "arguments": {"input": "bob@example.com"}}, "done"]}},
)
try:
    outer.ask("go")
except GuardrailTripped as e:
    found = e.details
    print("inside:", "false", e.code, sep="\t")
print("by itself:", inner.ask("bob@example.com").text, sep="\t")
print(found["rule"], found["place"], found["name"], found["found"][0], found["times"], found["agent"], sep="\t")
