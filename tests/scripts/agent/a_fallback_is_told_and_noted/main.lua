local down = { scripted = { { error = { status = 401, message = "no such key" } }, "up again" } }
local agent = Agent.create{ model = down, fallback = { "scripted/down", "echo" }, retries = 0 }
local answer = agent:execute("hello")
print(answer.text, answer.model, table.concat(answer.metadata.fallback_from, ", "))
answer = agent:execute("hello")
print(answer.text, answer.model, answer.metadata.fallback_from)
