n = State.incr("runs")
print(f"run {n}")
saved = State.get("saved")
if saved is None:
    print("nothing yet")
else:
    print(JSON.stringify(saved["list"]), saved["text"], str(saved["bytes"] == b"\xff\x00").lower(), sep="\t")
State.set("saved", {"text": "ü", "list": [1, 2.5, True], "bytes": b"\xff\x00"})
