print(Agent.create{ model = "echo" }:ask("no address").text)
Agent.create{ model = "echo" }:ask("bob@example.com")
