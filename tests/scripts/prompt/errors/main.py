try:
    Prompt.render("Hello {{ name }}!", {"nam": "x"})
except LLMSpellError as e:
    print("false", e.code, str("name" in e.message).lower(), sep="\t")
try:
    Prompt.render("{% if %}")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    Prompt.load("no_such_prompt")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
