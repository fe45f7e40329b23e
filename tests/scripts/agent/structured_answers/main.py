def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def answering(*turns):
    return {"scripted": list(turns)}


good = {"data": {"city": "Lagos", "people": 15388000}}


def asked(schema, *turns):
    r = Agent.create(name="clerk", model=answering(*turns), schema=schema).execute("Where?")
    shown(JSON.stringify(r.data), len(r.steps), r.text)
    return r


# A table of fields, a JSON Schema, and as providers write it.
asked({"city": "string", "people": "integer"}, good)
asked([{"name": "city", "type": "string", "description": "The city"}, {"name": "people", "type": "integer", "required": False}], {"data": {"city": "Kano"}})
asked({"type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer", "minimum": 0}}, "required": ["city"]}, good)
asked({"type": "json_schema", "json_schema": {"schema": {"type": "object", "properties": {"city": {"type": "string"}}}}}, good)
asked({"label": {"type": "string", "enum": ["a", "b"]}, "score": {"type": "number", "default": 0.5}}, {"data": {"label": "a"}})
# JSON with prose and fences around it is read; what is not valid is shown to the model, which corrects it.
asked({"n": "integer"}, 'Here it is:\n```json\n{"n": 1}\n```\nDone.')
r = asked({"city": "string", "people": "integer"}, {"data": {"city": "Lagos", "people": "many"}}, "no JSON at all", good)
for i, step in enumerate(r.steps, 1):
    shown(i, step.kind, step.observation.split("\n")[0], step.error)
for m in r.messages:
    shown(m.role, m.text.replace("\n", " / "))


# After its repairs it is an error with the place and the text.
def wrong(**fields):
    try:
        Agent.create(**fields).execute("x")
    except SchemaError as e:
        shown(False, e.code, e.message)
        shown(e.details["path"], e.details["raw"], e.details["attempts"], e.hint)


wrong(name="a", model=answering("x", "y", '{"n": 1.5}'), schema={"n": "integer"})
wrong(name="b", model=answering({"data": {"list": [1, "two"]}}), schema={"type": "object", "properties": {"list": {"type": "array", "items": {"type": "integer"}}}}, repairs=0)
wrong(name="c", model=answering('{"n": '), schema={"n": "integer"}, repairs=0)
wrong(name="d", model=answering({"text": '{"n": 1', "finish_reason": "length"}), schema={"n": "integer"})
wrong(name="e", model=answering(""), schema={"n": "integer"}, repairs=0)
wrong(name="f", model=answering("{}", "{}"), schema={"n": "integer"}, repairs=1)
# With tools before the answer.
t = Agent.create(model=answering({"tool": "calculator", "arguments": {"input": "6*7"}}, {"data": {"n": 42}}), tools=["calculator"], schema={"n": "integer"})
shown(t.execute("Go").data["n"])
# A model that has no structured output is asked in words.
shown(Agent.create(model={"scripted": {"turns": ['Sure: {"n": 7}'], "schema": False}}, schema={"n": "integer"}).execute("x").data["n"])
