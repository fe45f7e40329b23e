-- Encryption changes nothing that a script sees, sessions and artifacts included.
local k = State.get("k", "none")
print(type(k) == "table" and JSON.stringify(k) or k, State.incr("n"))
State.set("k", { secret = "canary-51c7" })
State.update("list", function(v) v = v or {} v[#v + 1] = #v return v end)
print(JSON.stringify(State.all()))
local id = Session.get("s") and "s" or Session.create{ id = "s" }
print(Artifact.store(id, "t", "n", "canary-51c7").sequence, #Artifact.list(id), Artifact.get(id, "n").content)
