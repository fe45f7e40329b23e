print(Config.get("run.profile"), Config.get("no.such", "default"), str(Config.get("no.such") is None).lower(), sep="\t")
print("table" if isinstance(Config.get(), dict) else "?", Config.get_section("run")["profile"], sep="\t")
try:
    Config.get_section("runn")
except LLMSpellError as e:
    print("false", e.code, e.hint, sep="\t")
print("table" if isinstance(Config.get_tools(), dict) else "?")
print(JSON.parse(Config.to_json())["run"]["profile"])
