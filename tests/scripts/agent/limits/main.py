def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def calling(*turns):
    return {"scripted": {"turns": list(turns), "repeat": "last"}}


def sum_(text):
    return {"text": "so far " + text, "tool": "calculator", "arguments": {"input": text}}


def tried(**fields):
    agent = Agent.create(tools=["calculator"], **fields)
    try:
        r = agent.execute("Go")
        shown(True, r.text, len(r.steps))
    except LLMSpellError as e:
        d = e.details
        shown(False, e.code, e.message)
        shown("", e.hint, d.get("reason"), d.get("limit"), d.get("tool"), d.get("times"), len(d["steps"]) if "steps" in d else None, d.get("text"))
        return e


tried(name="steps", max_steps=2, model=calling(sum_("1"), sum_("2"), "done"))
tried(name="enough", max_steps=3, model=calling(sum_("1"), sum_("2"), "done"))
tried(name="calls", max_tool_calls=1, model=calling({"calls": [{"tool": "calculator", "arguments": {"input": "1"}}, {"tool": "calculator", "arguments": {"input": "2"}}]}))
tried(name="none", max_tool_calls=0, model=calling(sum_("1")))
tried(name="same", max_identical_calls=2, model=calling(sum_("6*7")))
tried(name="default", model=calling(sum_("6*7")))
e = tried(name="money", max_steps=1, model=calling({"tool": "calculator", "arguments": {"input": "1"}, "cost_usd": 0.25, "usage": {"input_tokens": 3, "output_tokens": 1}}))
shown(e.details["cost_usd"], e.details["usage"]["input_tokens"], e.details["agent"], Run.cost())
# Time, of an execution, of a tool in it, and of the script's patience.
e = tried(name="slow", timeout_s=0.05, model=calling({"text": "late", "delay_ms": 20000}))
shown(e.details["timeout_s"] == 0.05)
sleepy = Tool.create(name="sleepy", description="s", parameters={}, execute=lambda p: Async.sleep(20))
waiting = Agent.create(name="waiting", timeout_ms=60, model=calling({"tool": "sleepy", "arguments": {}}), tools=[sleepy])
try:
    waiting.execute("Go")
except TimedOut as e:
    shown(False, e.code, e.message)
try:
    waiting.execute("Go", timeout_s=0.04)
except TimeoutError as e:
    shown(False, e.message)
# For one execution only.
agent = Agent.create(name="once", tools=["calculator"], model=calling(sum_("1"), sum_("2"), "done"))
try:
    agent.execute("Go", max_steps=1)
except AgentStopped as e:
    shown(False, e.details["reason"], agent.execute("Go").text)
