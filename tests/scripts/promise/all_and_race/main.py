def after(s, v):
    def run():
        Async.sleep(s)
        return v
    return Async.spawn(run)
print(JSON.stringify(Promise.all([Promise.resolve(1), after(0.01, 2), Promise.resolve(3)]).wait()))
print(Promise.race([after(60, "slow"), after(0.01, "fast")]).wait())
p = Promise.all([Promise.resolve(1), Promise.reject(LLMSpellError("m", code="bad"))])
try:
    p.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
