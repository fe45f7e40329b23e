log = Logger.with_({"request": "r1"})
log.info("first")
log.with_({"step": 2}).warn("second", {"extra": True})
log.bind(step=3).error("third")
log.debug("hidden")
log.trace("hidden")
Logger.log("info", "by name", {"k": "v"})
Logger.info({"a": [1, 2]})
try:
    Logger.log("none such", "x")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
