# What a hook does wrong is said on stderr, and the run goes on, unless the hook is fatal.
def sum_():
    return Tool.execute("calculator", input="6 * 7")["text"]


def attempt(point, fn, **options):
    hook = Hook.register(point, fn, "normal", options)
    try:
        print(sum_())
    except Exception as e:
        print(e.code, e.details["point"], sep="\t")
    hook.unregister()


def fail(c):
    raise ValueError("my mistake")


attempt("BeforeToolExecution", fail, name="failing")
attempt("BeforeToolExecution", lambda c: {"type": "cancl"}, name="misspelt")
attempt("BeforeToolExecution", lambda c: 5, name="odd")
attempt("AfterToolExecution", lambda c: print, name="function")
attempt("BeforeToolExecution", lambda c: {"type": "retry"}, name="unfit")
attempt("BeforeToolExecution", lambda c: Async.sleep(600), name="slow", timeout_ms=20)
attempt("BeforeToolExecution", fail, name="guard", fatal=True)
attempt("AfterToolExecution", lambda c: Async.sleep(600), name="slow guard", fatal=True, timeout_ms=20)
sleepy = Hook.register("BeforeToolExecution", lambda c: Async.sleep(600), name="sleepy", timeout_ms=20)
for _ in range(4):
    print(sum_())
info = sleepy.get_info()
print(info["calls"], info["failures"], "true" if sleepy.unregister() else "false", sep="\t")
