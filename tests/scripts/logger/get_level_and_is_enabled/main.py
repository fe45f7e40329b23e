def low(v):
    return str(v).lower()
print(Logger.get_level(), low(Logger.is_enabled("debug")), low(Logger.is_enabled("error")), sep="\t")
Logger.setLevel("warning")
print(Logger.getLevel(), low(Logger.isEnabled("info")), low(Logger.isEnabled("warn")), sep="\t")
Logger.set_level("off")
print(low(Logger.is_enabled("error")))
Logger.error("nobody sees this")
try:
    Logger.set_level("loud")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    Logger.is_enabled("wran")
except LLMSpellError as e:
    print("false", e.code, e.hint, sep="\t")
