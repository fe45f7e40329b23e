import re

model = "scripted/cast"


def done(name, **params):
    r = Template.execute(name, {**params, "model": model})
    text = re.sub("\n+", " | ", r.text)
    print(name, str(r.success).lower(), text, r.metrics["calls"], len(r.metrics["steps"]), sep="\t")
    return r.result


r = done("debate", question="A monorepo?")
print(r["verdict"], r["reasons"][0], r["confidence"], r["rounds"][1]["debater-2"], sep="\t")
r = done("consensus-vote", question="Which?", choices=["go", "rust"], perspectives=["cost", "speed", "safety"])
print(r["winner"], r["share"], str(r["consensus"]).lower(), r["votes"][1]["agents"][0], sep="\t")
r = done("competitive-evaluation", task="Explain.", approaches=["short", "long"], criteria=["good"], judges=2)
scores = r["judges"][1]["answers"][0]["scores"]
print(r["winner"]["name"], r["winner"]["score"], r["ranking"][1]["score"], scores["good"], sep="\t")
r = done("ensemble", task="A plan?", perspectives=["cost", "risk"])
print(r["members"][0]["text"], r["members"][1]["text"], sep="\t")
r = done("plan-execute-validate", goal="A list")
for it in r["steps"]:
    print(it["id"], it["status"], it["attempts"], it["output"], (it["feedback"] or ["nil"])[0], sep="\t")
r = done("map-reduce", instruction="Who?", documents=["Ada does.", "nobody", {"name": "June", "text": "Ada again."}])
print(len(r["parts"]), r["levels"], str(r["found"]).lower(), r["parts"][2]["document"], sep="\t")
