def after(s, v):
    def run():
        Async.sleep(s)
        return v
    return run
print(JSON.stringify(Async.all([after(0.03, "a"), after(0.0, "b"), after(0.01, "c")])))
print("{}" if Async.all([]) == [] else "?")
