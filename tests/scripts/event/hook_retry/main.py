n = []


def flaky(params):
    n.append(1)
    if len(n) <= params["times"]:
        raise LLMSpellError("not now", code=params["code"])
    return f"at last, after {len(n)}"


def code_of(**params):
    n.clear()
    try:
        return Tool.execute("flaky", params)["text"]
    except LLMSpellError as e:
        return f"{e.code}\t{len(n)}"


Tool.create(name="flaky", description="d", parameters={"times": "integer", "code": "string"}, execute=flaky)
print(code_of(times=2, code="busy"))
print(code_of(times=3, code="busy"))
print(code_of(times=1, code="broken"))
