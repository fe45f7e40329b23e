# A whole piece of work from a template, its cost first: `llmspell run templates.py 'What do people like?' --model fast`
question, path = ARGS.get(0, "What do people like?"), ARGS.get(1, "data/reviews.txt")
params = {"instruction": question, "paths": [path, "data/requests.txt"]}
if ARGS.model:
    params["model"] = ARGS.model

cost = Template.estimate_cost("map-reduce", params)
print(f"about {cost.calls} calls of {cost.model}")

done = Template.execute("map-reduce", params)
print(done.text)
print(f"{len(done.result['parts'])} parts, {done.metrics['calls']} calls")

# Figures are computed by the host, no model is asked.
sales = Template.execute("data-analysis", path="data/sales.csv", group_by="region", explain=False)
for group in sales.result["groups"]:
    print(group["value"], group["rows"], sep="\t")
