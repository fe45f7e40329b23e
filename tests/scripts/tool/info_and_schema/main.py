info = Tool.get_info("calculator")
print(info["name"], info["category"], str("input" in info["schema"]["properties"]).lower(), sep="\t")
schema = Tool.get_schema("hash_calculator")
print(schema["type"], JSON.stringify(schema["properties"]["format"]["enum"]), sep="\t")
try:
    Tool.get_info("calculatr")
except LLMSpellError as e:
    print("false", e.code, e.hint, sep="\t")
try:
    Tool.schema("nope")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
