local function failing(...) return { scripted = { ... } } end
-- What is worth it is tried again; the answer does not tell.
local agent = Agent.create{ name = "tried", model = failing({ error = { status = 429, retry_after_s = 0 } }, "at last"), retries = 1 }
print(agent:execute("x").text, agent:get_metrics().failures)
local function wrong(fields)
  local ok, e = pcall(function() return Agent.create(fields):execute("x") end)
  if ok then return print(ok, e.text, e.model) end
  local d = e.details
  print(ok, e.code, e.message)
  print("", d.provider, d.model, d.kind, d.status, d.request_id, d.retryable, d.attempts, d.agent, d.cost_usd == 0)
end
wrong{ name = "no retries", model = failing({ error = { status = 429, message = "slow down", request_id = "req-7" } }, "at last"), retries = 0 }
wrong{ name = "not worth it", model = failing({ error = { status = 401, message = "wrong key" } }, "at last"), retries = 5 }
wrong{ name = "malformed", model = failing({ error = { malformed = "choices" } }), retries = 0 }
-- After the first model the next ones, which may be aliases.
wrong{ name = "spare", model = failing({ error = "context_length" }), fallback = { "scripted/down", "spare", "echo" } }
wrong{ name = "all", model = failing({ error = "bad_request" }), fallback = { "scripted/down" } }
-- Nothing is asked twice that was already streamed.
local said = {}
local ok, e = pcall(function()
  Agent.create{ model = failing({ text = "Once upon", error = "interrupted" }), fallback = { "echo" }, retries = 3 }:stream("x", function(event)
    if event.type == "text" then said[#said + 1] = event.text end
  end)
end)
print(ok, e.details.kind, table.concat(said), e.details.text)
-- What a tool's model fails with is that tool's answer.
local inner = Agent.create{ name = "inner", model = "scripted/down" }
print((Agent.create{ model = failing({ tool = "inner", arguments = { input = "x" } }, "{{last_tool_result}}"), tools = { inner } }:execute("x").text:gsub("\n", " ")))
