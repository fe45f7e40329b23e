# Functions are called in order, one event at a time, beside the rest of the script.
seen = []


def step(e):
    Async.sleep(0)
    seen.append(e["event_type"] + str(e["data"]))
    if len(seen) == 3:
        Event.publish("all.seen")


id = Event.on("step.*", step)
first = []
once = Event.once("step.*", lambda e: first.append(str(e["data"])))
done = Event.subscribe("all.seen")
for i in range(1, 4):
    Event.publish(f"step.{i}", i)
Event.receive(done)
print(" ".join(seen), " ".join(first), sep="\t")
print("false" if not Event.unsubscribe(once) else "true", "true" if Event.unsubscribe(id) else "false", sep="\t")
Event.publish("step.4", 4)
print(len(Event.list_subscriptions()))

# Those with a higher priority are begun first.
order = []


def note(name):
    def noting(e):
        order.append(name)
        if len(order) == 3:
            Event.publish("noted")

    return noting


noted = Event.subscribe("noted")
Event.on("x", note("normal"))
Event.on("x", note("low"), priority="low")
Event.on("x", note("high"), priority="high")
Event.publish("x")
Event.receive(noted)
print(" ".join(order))

# One that fails or takes too long gets the next event, and others are not disturbed.
good = []
reached = Event.subscribe("reached")


def picky(e):
    if e["data"] == 1:
        raise ValueError("no good")
    if e["data"] == 2:
        Async.sleep(60)
    Event.publish("reached", e["data"])


Event.on("y", picky, timeout_ms=50)
Event.on("y", lambda e: good.append(e))
for i in range(1, 4):
    Event.publish("y", i)
print(Event.receive(reached)["data"], len(good), sep="\t")
failed = max(row["failed"] for row in Event.list_subscriptions())
print(failed, Event.get_stats()["failed"], sep="\t")

# What they do is the script's: tools and all.
result = Event.subscribe("result")


def compute(e):
    Event.publish("result", Tool.execute("calculator", {"input": e["data"]})["result"])


Event.on("compute", compute)
Event.publish("compute", "6 * 7")
print(Event.receive(result)["data"])
