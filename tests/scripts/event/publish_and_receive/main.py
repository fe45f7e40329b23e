def say(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


id = Event.subscribe("order.*")
print(Event.publish("order.paid", {"amount": 12, "items": ["a", "b"]}, metadata={"source": "shop"}))
print(Event.emit("other", 1))
print(Event.publish("order.sent.late"))
e = Event.receive(id)
say(e["event_type"], e["data"]["amount"], e["data"]["items"][1], e["sequence"], e["metadata"]["source"])
say(e["id"] == e["correlation_id"], e["timestamp"] > 1e9)
e = Event.receive(id)
say(e["event_type"], e["data"], e["sequence"])
say(Event.receive(id, 0))

# Patterns.
patterns = ["*", "order.paid", "order.?aid", "order.[ps]*", "*.paid", "order", "order.**"]
ids = [Event.subscribe(it) for it in patterns]
for type in ["order.paid", "order.sent", "order", "order.item.paid"]:
    Event.publish(type)
for i, pattern in enumerate(patterns):
    got = []
    while (it := Event.receive(ids[i], 0)) is not None:
        got.append(it["event_type"])
    say(pattern, " ".join(got))

# All kinds of data arrive as they were.
all_data = Event.subscribe("data")
for data in ["text", 1.5, True, [1, 2], {"a": {"b": {}}}, 12]:
    Event.publish("data", data)
print(" ".join(JSON.encode(Event.receive(all_data)["data"]) for _ in range(6)))

# The end of subscriptions.
say(Event.unsubscribe(id), Event.unsubscribe(id), Event.unsubscribe("nothing"))
for it in ids:
    Event.unsubscribe(it)
rows = Event.list_subscriptions()
row = rows[0]
say(len(rows), row["pattern"], row["kind"], row["delivered"], row["handled"], row["queued"], row["when_full"])
stats = Event.get_stats()
names = ["published", "delivered", "received", "dropped", "queued", "queued_bytes", "subscriptions"]
say(*(stats[it] for it in names))
