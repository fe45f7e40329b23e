turn = {"text": "hello", "usage": {"input_tokens": 1000, "output_tokens": 500, "cached_tokens": 400}, "times": 9}
agent = Agent.create(name="greeter", model={"scripted": [turn]}, max_tokens=1000, budget={"usd": 0.175})


def shown(row):
    return f"{row['limit']:g} {row['spent']:g} {row['left']:g}"


def say(*values):
    print(*values, sep="\t")


before = Run.budget()
say(shown(before["usd"]), shown(before["tokens"]), shown(before["day"]["usd"]), "nil" if "tokens" not in before["day"] else "?")
answer = agent.execute("Say hello.")
say(answer.text, f"{answer.cost_usd:g}", answer.usage["input_tokens"])
after = Run.budget()
say(shown(after["usd"]), shown(after["tokens"]), shown(after["day"]["usd"]))
say(f"{Run.cost():g}", Run.usage()["output_tokens"])

agent.execute("Again.")
agent.execute("Again.")
try:
    agent.execute("Again.")
except Exception as err:
    say("false", err.code, err.details["scope"], err.details["unit"], f"{err.details['spent']:g}")
say(f"{Run.cost():g}")
