def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def tried(fields, input="hi"):
    try:
        r = Agent.create(fields).execute(input)
        shown(True, r.text, "", "")
    except LLMSpellError as e:
        shown(False, e.code, e.message, e.hint or "")


tried({"model": {"scripted": ["x"]}})
tried({"model": "echo"})
# The next model is not asked instead of one that is denied.
tried({"model": {"scripted": ["x"]}, "fallback": ["echo"]})
for pattern in ("sequential", "parallel"):
    try:
        Agent.create_composite("c", [Agent.create(model="echo"), Agent.create(model={"scripted": ["x"]})], pattern).execute("x")
    except PermissionDenied as e:
        shown(False, e.code)
agent = Agent.create(model="echo", tools=["calculator"])
try:
    agent.invoke_tool("calculator", {"input": "1"})
except PermissionDenied as e:
    shown(False, e.code, e.message)
try:
    for _ in Agent.create(model={"scripted": ["x"]}).stream("x"):
        pass
except PermissionDenied as e:
    shown(False, e.code)
# A right that was given up is gone for agents, too.
shown(agent.execute("still").text)
Config.drop("model:echo/*")
try:
    agent.execute("x")
except PermissionDenied as e:
    shown(False, e.code)
