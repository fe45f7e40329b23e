def q(input, query):
    try:
        print(JSON.stringify(Tool.execute("json-processor", {"operation": "query", "input": input, "query": query}).result))
    except LLMSpellError as e:
        print(e.code)
q({"items": [{"id": 1}, {"id": 2}]}, "[.items[].id]")
q('{"a":1}', ".a + 1")
q('[3,1,2]', "sort | map(. * 2)")
q('{"a":1}', ".a |")
q('{"a":1}', ".a.b")
