print(Agent.create{}:execute("x").text, Agent.create{}.model, Agent.create{ model = "fast" }.model)
print(Agent.create{ model = "plain" }:execute("x").text, Agent.create{ model = "scripted/demo#slow" }:execute("x").text)
print(Agent.create{ provider = "scripted", model = "demo" }:execute("x").text, Agent.create{ model = "echo" }.model, Agent.create{ model = "echo/anything" }:execute("x").model)
local agent = Agent.create{ name = "a", model = "fast", max_tokens = 5 }
print(agent:get_config().settings.max_tokens, agent:get_config().settings.temperature)
-- No key, no network: only the call that needs them fails.
local far = Agent.create{ name = "far", model = "openai/gpt-5-mini" }
print(far.model, far:get_health().healthy)
local ok, e = pcall(far.execute, far, "x")
print(ok, e.code, e.message)
print(e.hint)
-- A server of the script's own, and what it needs.
local own = Agent.create{ name = "own", model = "m", base_url = "http://127.0.0.1:9/v1" }
ok, e = pcall(own.execute, own, "x")
print(own.model, ok, e.code, e.message)
local keyed = Agent.create{ name = "keyed", model = "m", base_url = "http://127.0.0.1:9/v1", api_key = "sk-secret-0123456789", headers = { ["X-A"] = "b" } }
ok, e = pcall(keyed.execute, keyed, "x")
print(ok, e.code, e.message)
print(JSON.stringify(keyed:get_config()):find("secret", 1, true), JSON.stringify(Agent.get_details("keyed")):find("secret", 1, true))
