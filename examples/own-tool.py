# Make a tool of a function; its parameters are checked before it runs: `llmspell run own-tool.py`
Tool.create(
    name="greeter",
    description="Greets somebody",
    parameters={"name": {"type": "string", "required": True}, "times": {"type": "integer", "default": 1}},
    execute=lambda params: f"Hello, {params['name']}! " * params["times"],
)
print(Tool.execute("greeter", name="Ada", times=2).text)
try:
    Tool.execute("greeter", name="Ada", times="often")
except LLMSpellError as problem:
    print("false", problem.code, sep="\t")
