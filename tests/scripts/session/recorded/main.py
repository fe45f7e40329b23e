# What the first run did while the session was current, the second one sees.
def low(*values):
    print(*(str(v).lower() if isinstance(v, bool) else v for v in values), sep="\t")
id = "work"
if not Session.get(id):
    Session.create(id=id)
    low(Session.can_replay(id), len(Session.list_replayable()))
    Session.set_current(id)
    Tool.execute("calculator", {"input": "6 * 7"})
else:
    low(Session.can_replay(id), Session.canReplay(id), Session.list_replayable()[0], Session.listReplayable()[0])
    told = Session.get_replay_metadata(id)
    low(len(told["runs"]), len(told["missing"]), told["can_replay"], told["runs"][0]["outcome"], Session.getReplayMetadata(id)["session_id"])
    shown = Session.replay(id)
    low(shown["mode"], shown["more"])
    for it in shown["entries"]:
        if it["target"] == "Tool":
            print(it["key"], it["method"], it["args"][0], it["result"]["text"], sep="\t")
    first = Session.replay(id, {"limit": 1})
    low(len(first["entries"]), first["more"], len(Session.replay(id, {"offset": 1})["entries"]) == len(shown["entries"]) - 1)
