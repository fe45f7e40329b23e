def show(what):
    names = [f"{it.source} ({it.label})" for it in Run.labels()]
    print(f"{what}: {', '.join(names) or 'nothing'}")


show("at first")
State.set("kept", 1)
show("after writing")
Tool.execute("calculator", input="6 * 7")
show("after a tool that reads nothing")
State.get("kept")
show("after reading state")
import os
os.getenv("GREETING")
Tool.execute("file-operations", operation="read", path="notes.txt")
Tool.execute("file-operations", operation="read", path="notes.txt")
show("after files and the environment")
Run.mark("untrusted", "the mails on stdin")
show("after a mark")
for label, source in (("untrustd", "x"), ("private", " ")):
    try:
        Run.mark(label, source)
    except BadArgument as error:
        print("false", error.code, *([error.hint] if error.hint else []), sep="\t")
last = Run.labels()[1]
print(last.actor, str(last.key != "").lower(), sep="\t")
