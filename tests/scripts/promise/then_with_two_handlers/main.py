print(Promise.reject(LLMSpellError("m", code="x")).then(lambda v: "no", lambda e: "handled " + e.code).wait())
print(Promise.resolve(1).then(lambda v: f"value {v}", lambda e: "no").wait())
