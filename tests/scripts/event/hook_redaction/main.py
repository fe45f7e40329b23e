print(Agent.create(model="echo").execute("write to ann.lee@example.com").text)
Tool.create(
    name="who",
    description="d",
    parameters={"to": "string"},
    execute=lambda params: {"got": params["to"], "from": "bob@example.com"},
)
result = Tool.execute("who", {"to": "ann@example.com"})["result"]
print(result["got"], result["from"], sep="\t")
id = Event.subscribe("*")
Event.publish("sent", {"to": ["ann@example.com", "ann@example.org"]})
print(" ".join(Event.receive(id)["data"]["to"]))
