def j(**p):
    return Tool.execute("json-processor", p)
print(JSON.stringify(j(operation="validate", input='{"age":"x"}', schema={"properties": {"age": {"type": "integer"}}}).result))
print(JSON.stringify(j(operation="validate", input='{"age":1}', schema={"properties": {"age": {"type": "integer"}}}).result))
print(JSON.stringify(j(operation="validate", input='{"age":').result["valid"]))
print(j(operation="prettify", input='{"b":1,"a":[1,2]}', sort_keys=True).text)
print(j(operation="format", input='{"b":1}', indent=4).text)
print(j(operation="minify", input=' { "b" : 1 } ').text)
print(JSON.stringify(j(operation="merge", input={"a": {"x": 1}}, other={"a": {"y": 2}}).result))
print(JSON.stringify(j(operation="diff", input={"a": 1, "b": 1}, other={"a": 2, "c": 1}).result))
try:
    j(operation="minify", input="{")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
