# Whoever waits for an event keeps nobody else from going on.
id = Event.subscribe("late")
steps = []


def other():
    for i in range(3):
        steps.append(i)
        Async.sleep(0)
    Event.publish("late", "here")


def receive():
    return Event.receive(id, 20000)["data"]


waiting = Async.spawn(receive)
Async.spawn(other)
print(waiting.wait(), len(steps), sep="\t")


# Several wait for one subscription: each event goes to one of them.
def two():
    Async.sleep(0)
    Event.publish("late", 1)
    Event.publish("late", 2)


results = Async.all([receive, receive, two])
print(results[0] + results[1])

# Not for ever, and not for what has ended.
print("nil" if Event.receive(id, 1) is None else "an event")


def end():
    Async.sleep(0.01)
    return Event.unsubscribe(id)


results = Async.all([lambda: Event.receive(id, 20000) is None, end])
print(*(str(it).lower() for it in results), sep="\t")

# A task that waits can be cancelled, and the next one gets the event.
id = Event.subscribe("late")
gone = Async.spawn(receive)
stays = Async.spawn(receive)
Async.sleep(0.01)
gone.cancel()
Event.publish("late", "mine")
print(stays.wait(), gone.status(), sep="\t")

# The run does not wait for who waits.
Async.spawn(lambda: Event.receive(id, 3600000))
Async.sleep(0)
print("end")
