# The limits of an agent's guardrails, each strict and each only noted.
def turn(text):
    usage = {"input_tokens": 30, "output_tokens": 10}
    return {"text": "so far", "tool": "calculator", "arguments": {"input": text}, "usage": usage, "cost_usd": 0.25}


def tried(limits, *turns):
    for action in ("strict", "permissive"):
        limits["action"] = action
        model = {"scripted": {"turns": list(turns), "repeat": "last"}}
        agent = Agent.create(name="limited", tools=["calculator"], guardrails=limits, model=model)
        try:
            print(action, agent.ask("Go").text, "", "", sep="\t")
        except LLMSpellError as e:
            print(action, e.code, e.message, e.details["limit"], sep="\t")


tried({"iterations": 2}, turn("1"), turn("2"), "done")
tried({"tool_calls": 1}, turn("1"), turn("2"), "done")
tried({"identical_calls": 1}, turn("1"), turn("1"), "done")
tried({"output_chars": 10}, "a longer answer")
tried({"time": "50ms"}, {"text": "late", "delay_ms": 100})
tried({"cost_usd": 0.3}, turn("1"), turn("2"), "done")
tried(
    {"iterations": 3, "tool_calls": 2, "identical_calls": 2, "output_chars": 100, "time": "10s", "cost_usd": 5, "tokens": 5000000},
    turn("1"), turn("2"), "done",
)
