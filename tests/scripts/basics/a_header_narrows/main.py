# llmspell: deny = ["tool:calculator", "read:./secret"]
def tried(name, function):
    try:
        function()
        print(name, "true", sep="\t")
    except LLMSpellError:
        print(name, "false", sep="\t")


for path in ("open.txt", "secret/a.txt"):
    tried(path, lambda: open(path).read())
tried("calculator", lambda: Tool.execute("calculator", input="1"))
tried("hash", lambda: Tool.execute("hash-calculator", operation="hash", input="a"))
