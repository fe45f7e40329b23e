ran = False
def work():
    global ran
    ran = True
t = Async.spawn(work)
print(str(t.cancel()).lower())
try:
    t.wait()
except LLMSpellError as e:
    print("false", e.code, t.status(), str(ran).lower(), sep="\t")
