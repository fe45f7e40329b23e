def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def saying(name, description):
    return Agent.create(name=name, description=description, model={"scripted": {"turns": [name + ": {{input}}"], "repeat": "last"}})


sums, words = saying("sums", "Calculates"), saying("words", "Writes")


def routed(router, **more):
    r = Agent.create_composite("r", [sums, words], "route", router=router, **more).execute("one and one")
    shown(r.text, r.agent, r.metadata["chosen"], r.metadata["said"], r.metadata["reason"], r.metadata["is_fallback"])


# A function, which may call the host.
def by_function(text, names):
    shown(text, ",".join(names))
    return Tool.execute("text-manipulator", operation="lowercase", input="SUMS").text


routed(by_function)
# An agent, its name, a model.
router = Agent.create(name="router", model={"scripted": {"turns": [{"data": {"agent": "words", "reason": "no number in it"}}], "repeat": "last"}})
routed(router)
routed("router")
routed({"scripted": [{"data": {"agent": "sums"}}]})
# Without one the members' own model chooses.
turns = [{"when": {"schema": True}, "data": {"agent": "b"}}, {"when": {"input": "*"}, "text": "a"}]
choosing = Agent.create(name="a", description="A", model={"scripted": {"turns": turns}})
shown(Agent.create_composite("own", [choosing, saying("b", "B")], "route").execute("x").text)
# Names that are written a little differently are understood; others are an error, or lead to the fallback.
routed(lambda text, names: "Sums.")
routed(lambda text, names: {"name": "words"})
routed(lambda text, names: "the words agent, I think")
routed(lambda text, names: "nobody", fallback="words")


def lost(text, names):
    raise LLMSpellError("no idea", code="lost")


routed(lambda text, names: "word")
try:
    routed(lambda text, names: "nobody")
except AgentNotFound as e:
    shown(False, e.code, e.message, e.hint)
try:
    routed(lost)
except LLMSpellError as e:
    shown(False, e.code, e.message)
try:
    routed(sums, fallback="wrods")
except BadArgument as e:
    shown(False, e.code, e.message, e.hint)
try:
    routed(5)
except BadArgument as e:
    shown(False, e.code, e.message)
