import re


def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def saying(*turns):
    return {"scripted": {"turns": list(turns), "repeat": "last"}}


turn = {"text": "once upon a time", "usage": {"input_tokens": 100, "output_tokens": 190}}  # 0.02 USD


def spend(agent):
    n = 0
    try:
        while True:
            agent.execute("Go on.")
            n = n + 1
    except BudgetExceeded as e:
        shown(n, e.code, re.sub("[0-9][0-9.]*", "N", e.message))
        shown("", e.hint, e.details["scope"], e.details["unit"], f"{e.details['limit']:.2f}", e.details["spent"] >= e.details["limit"])


spend(Agent.create(name="teller", model=saying(turn), max_tokens=190, budget={"usd": 0.05}))
spend(Agent.create(name="counter", model=saying(turn), max_tokens=190, budget={"tokens": 700}))
spend(Agent.create(name="none", model=saying(turn), max_tokens=190, budget=0))
# What an agent uses counts for it; what that has of its own counts, too.
inner = Agent.create(name="inner", model=saying(turn), max_tokens=190, budget={"usd": 0.09})
turns = [{"tool": "inner", "arguments": {"input": "x"}, "usage": {"input_tokens": 100, "output_tokens": 90}}, {"text": "done", "usage": {"input_tokens": 100, "output_tokens": 90}}]
outer = Agent.create(name="outer", model=saying(*turns), max_tokens=90, tools=[inner], budget={"usd": 0.05})
r = outer.execute("Go")
print(f"{r.cost_usd:.3f} {inner.get_metrics()['cost_usd']:.3f}")
try:
    outer.execute("Go")
except BudgetExceeded as e:
    shown(False, e.details["scope"], e.details["limit"] == 0.05)
# Whoever is left alone goes on, and the run knows what was spent.
shown(inner.execute("x").text, f"{Run.cost():.3f}")
# An answer that the budget cuts short says how far it came.
short = Agent.create(name="short", model=saying({"text": "half of", "usage": {"input_tokens": 100, "output_tokens": 40}, "finish_reason": "length"}), max_tokens=190, budget={"usd": 0.006})
try:
    short.execute("Go")
except BudgetExceeded as e:
    shown(False, e.code, re.sub("[0-9]+", "N", e.message), e.details["text"])
