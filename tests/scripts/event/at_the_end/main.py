# What waits when the script ends is handled before the run does; how it ended stays as it is.
import sys


def a(e):
    print(f"handled {e['data']}")
    if e["data"] == 2:
        raise ValueError("too late to matter")
    if e["data"] == 3:
        Event.publish("b", Tool.execute("calculator", {"input": "1 + 2"})["result"])


def b(e):
    print(f"b {e['data']}")
    sys.exit(9)


def late():
    Async.sleep(0.2)
    print("never")


Event.on("a", a)
Event.on("b", b)
Async.spawn(late)
print("begin")
for i in range(1, 4):
    Event.publish("a", i)
sys.exit(4)
