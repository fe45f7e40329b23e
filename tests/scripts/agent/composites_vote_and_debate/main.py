def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


n = 0


def saying(*turns):
    global n
    n = n + 1
    return Agent.create(name="m" + str(n), model={"scripted": {"turns": list(turns), "repeat": "last"}})


def votes(r):
    m = r.metadata
    shown(r.text, m["pattern"], m["winner"], m["decided_by"], m["tie"], JSON.stringify(m["votes"]), JSON.stringify(m["abstained"]))


# The answer that most give; how it is written does not matter.
votes(Agent.create_composite("v", [saying("yes"), saying("no"), saying(" Yes. ")], "vote").execute("Is it?"))
# A tie: by order, or by a judge, who is an agent, the name of one, or a model.
votes(Agent.create_composite("v", [saying("a"), saying("b")], "vote").execute("Is it?"))
judge = Agent.create(name="judge", model={"scripted": {"turns": [{"data": {"number": 2, "reason": "better"}}], "repeat": "last"}})
for it in (judge, "judge", {"scripted": [{"data": {"number": 2}}]}):
    votes(Agent.create_composite("v", [saying("a"), saying("b")], "vote", judge=it).execute("Is it?"))
# What may be voted for, and which field counts.
choosing = [saying({"data": {"choice": "left"}}), saying({"data": {"choice": "right"}}), saying({"data": {"choice": "left", "reason": "r"}})]
votes(Agent.create_composite("v", choosing, "vote", choices=["left", "right"]).execute("Where?"))


def grading(n):
    return Agent.create(model={"scripted": [{"data": {"grade": n, "why": "w" + str(n)}}]}, schema={"grade": "integer", "why": "string"})


votes(Agent.create_composite("v", [grading(1), grading(2), grading(2)], "vote", field="grade").execute("Grade"))
# One that fails does not vote, where errors do not end it.
votes(Agent.create_composite("v", [saying({"text": "", "error": "bad_request"}), saying("x"), saying("x")], "vote", on_error="continue", max_concurrency=1).execute("Is it?"))
# A debate: they see each other's answers, until they agree or the rounds are over.
stubborn, open_minded = saying("no"), saying("yes", "no")
r = Agent.create_composite("d", [stubborn, open_minded, saying("no")], "debate").execute("Is it?")
votes(r)
for i, round_ in enumerate(r.metadata["rounds"], 1):
    shown(i, JSON.stringify(round_))
r = Agent.create_composite("d", [saying("a"), saying("b")], "debate", rounds=3, judge={"scripted": [{"text": "Both are wrong."}]}).execute("Is it?")
shown(r.text, len(r.metadata["rounds"]), r.metadata["pattern"])
r = Agent.create_composite("d", [saying("same"), saying("same")], "debate", rounds=5).execute("Is it?")
shown(r.text, len(r.metadata["rounds"]))
for pattern, options in [("vote", {"rounds": 3}), ("vote", {"choices": ["one"]}), ("debate", {"rounds": 0}), ("vote", {"jugde": judge}), ("vote", {"judge": 5}), ("votes", {})]:
    try:
        Agent.create_composite("x", [stubborn], pattern, options)
    except BadArgument as e:
        shown(False, e.message, e.hint)
