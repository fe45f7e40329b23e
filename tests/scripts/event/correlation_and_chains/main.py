everything = Event.subscribe("*")


def order(e):
    Event.publish("stock", e["data"])


def stock(e):
    Async.all([Async.spawn(lambda: Event.publish("sent", e["data"]))])


# What handlers publish has the correlation id of what they handle, however they come to publish it.
Event.on("order", order)
Event.on("stock", stock)
Tool.create(name="announce", description="d", parameters={}, execute=lambda params: Event.publish("told"))
Event.on("sent", lambda e: Tool.execute("announce", {}))
Event.publish("order", 1, correlation_id="order-1")


def line():
    e = Event.receive(everything)
    return e["event_type"] + "=" + e["correlation_id"]


print(line(), line(), line(), line(), sep="\t")
own = Event.publish("alone")
print("true" if Event.receive(everything)["correlation_id"].endswith(f"-{own}") else "false")
# One that is given wins.
Event.on("asked", lambda e: Event.publish("answered", None, correlation_id="mine"))
Event.publish("asked", None, correlation_id="theirs")
print(line(), line(), sep="\t")
Event.unsubscribe(everything)
# A handler that publishes what it is called for comes to an end.
n, ended = [], []


def pong(e):
    n.append(1)
    try:
        Event.publish("ping")
    except LLMSpellError:
        pass


def again(e):
    try:
        Event.publish("self", e["data"] + 1)
    except LLMSpellError as err:
        names_it = "true" if "self → self" in err.message else "false"
        ended.extend([e["data"], err.code, len(err.details["chain"]), names_it, err.hint])


Event.on("ping", lambda e: Event.publish("pong"))
Event.on("pong", pong)
Event.on("self", again)
Event.publish("ping")
Event.publish("self", 1)
while len(n) < 16 or not ended:
    Async.sleep(0.001)
print(len(n), *ended, sep="\t")
