def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


# A model that calls one tool and answers with what that said.
def caller(tool, arguments):
    return {"scripted": [{"tool": tool, "arguments": arguments}, "{{last_tool_result}}"]}


def asked(**fields):
    r = Agent.create(**fields).execute("Go")
    shown(r.text, r.tool_calls[0].name, r.tool_calls[0].error)
    return r


asked(model=caller("calculator", {"input": "2 + 3"}), tools=["calculator"])
asked(model=caller("hash_calculator", {"operation": "hash", "algorithm": "md5", "input": "a"}), tools=["hash_calculator"])
asked(model=caller("calculator", {"input": "4 + 5"}), tools=[Tool.get("calculator")])
# A function of the script's, which itself asks the host, waits, and uses what is around it.
seen = []


def look_up(params):
    seen.append(params["city"])
    Async.sleep(0)
    total = Tool.execute("calculator", input=str(params["days"]) + " * 10").result
    return {"success": True, "text": params["city"] + ": " + str(total), "result": {"degrees": total}}


lookup = Tool.create(name="look.up", description="Looks up", parameters={"city": "string", "days": {"type": "integer", "default": 2}}, execute=look_up)
r = asked(model=caller("look_up", {"city": "Lagos"}), tools=[lookup])
shown(JSON.stringify(r.tool_calls[0].result), seen[0])
asked(model=caller("look.up", {"city": "Kano", "days": 3}), tools=["look.up"])
once = {"name": "once", "description": "For this one", "parameters": {"x": "integer"}, "execute": lambda p: p["x"] * 2}
asked(model=caller("once", {"x": 5}), tools=[once])
shown(Tool.exists("once"), Tool.exists("look.up"))
# Agents are tools: as objects, by name, wrapped.
poet = Agent.create(name="the poet", description="Writes", model={"scripted": {"turns": [{"text": "O {{input}}!", "cost_usd": 0.5}], "repeat": "last"}})
r = asked(model=caller("the_poet", {"input": "rain"}), tools=[poet])
shown(r.cost_usd, JSON.stringify(r.steps[0].input))
asked(model=caller("the_poet", {"input": "sun"}), tools=["the poet"])
wrapped = Agent.wrap_as_tool(poet, name="muse", description="Inspires")
shown(wrapped.name, wrapped.description, wrapped.execute(input="wind").text, Tool.execute("muse", {"input": "snow"}).result)
asked(model=caller("muse", {"input": "fog"}), tools=[wrapped])
asked(model=caller("muse", {"input": "ice"}), tools=["muse"])
shown(Agent.wrapAsTool("the poet").name, poet.as_tool().name, poet.asTool("bard", "Sings").description)
# One that answers with data hands its data on.
counter = Agent.create(name="counter", model={"scripted": [{"data": {"n": 3}}]}, schema={"n": "integer"})
r = asked(model=caller("counter", {"input": "count", "context": {"a": 1}}), tools=[counter])
shown(JSON.stringify(r.tool_calls[0].result))
# The tools are chosen for the first turn alone.
r = asked(model=caller("calculator", {"input": "1"}), tools=["calculator", lookup], tool_choice="calculator")
# A tool of that name now is the one that is called.
Tool.create(name="swap", description="d", parameters={}, execute=lambda p: "old")
agent = Agent.create(model={"scripted": [{"tool": "swap", "arguments": {}}, "{{last_tool_result}}"]}, tools=["swap"])
Tool.create(name="swap", description="d", parameters={}, execute=lambda p: "new")
shown(agent.execute("Go").text)
