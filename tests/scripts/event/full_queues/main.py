def rest(id):
    got = []
    while (e := Event.receive(id, 0)) is not None:
        got.append(str(e["data"]))
    return " ".join(got)


def say(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


oldest = Event.subscribe("n", capacity=3)
newest = Event.subscribe("n", {"capacity": 3, "when_full": "drop_newest"})
for i in range(1, 6):
    Event.publish("n", i)
for row in Event.list_subscriptions():
    say(row["when_full"], row["capacity"], row["queued"], row["delivered"], row["dropped"])
say(rest(oldest), "|", rest(newest))
say(Event.get_stats()["dropped"])

# A queue that refuses: nobody gets the event, and the publisher is told.
strict = Event.subscribe("n", capacity=2, when_full="error")
say(Event.publish("n", 6), Event.publish("n", 7))
try:
    Event.publish("n", 8)
except LLMSpellError as e:
    say(False, e.code, e.details["queued"], e.details["event_type"])
say(rest(oldest), "|", rest(strict))
say(Event.publish("n", 9), rest(strict))
Event.unsubscribe(strict)
for i in range(1, 5):
    Event.publish("n", i)
say(rest(oldest))

# The queue of a function is bounded, too: it is handled when the script waits.
got = []
finished = Event.subscribe("finished")


def handle(e):
    got.append(e["data"])
    if e["data"] == 20:
        Event.publish("finished")


Event.on("m", handle, capacity=2)
for i in range(1, 21):
    Event.publish("m", i)
Event.receive(finished)
say(got[-1], len(got) <= 20)

# 1 MB at most.
say(True, Event.publish("big", "x" * 1000000))
try:
    Event.publish("big", "x" * 1100000)
except LLMSpellError as e:
    say(False, e.code, e.message)
