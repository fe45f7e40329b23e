agent = Agent.create(
    name="teller",
    model={"scripted": [{"text": "Once upon a time.", "cost_usd": 0.02, "times": 100}]},
    budget={"usd": 0.05},
)
try:
    while True:
        r = agent.execute("Go on.")
        print(r.text, r.cost_usd, Run.cost(), sep="\t")
except BudgetExceeded as e:
    print(e.code, e.details["scope"], e.details["spent"], sep="\t")
    print(e.message)
# No money of the user's was spent, so none is missing from the day.
print(str(Run.budget()["day"]["usd"]["spent"] == 0).lower())
