local picky = Tool.create{
  name = "picky", description = "Wants a number", parameters = { n = { type = "integer", minimum = 1 } },
  execute = function(p)
    if p.n == 13 then error({ code = "bad_luck", message = "not this one", hint = "take another" }) end
    if p.n == 14 then error("it broke", 0) end
    if p.n == 15 then return { success = false, error = "no luck", text = "tried in vain" } end
    return p.n * 2
  end,
}
local agent = Agent.create{
  name = "learner",
  model = { scripted = {
    { tool = "picky", arguments = { n = 13 } },
    { tool = "picky", arguments = { n = 14 } },
    { tool = "picky", arguments = { n = 15 } },
    { tool = "picky", arguments = { n = "many" } },
    { tool = "picky", arguments = {} },
    { tool = "picky", raw = '{"n": 1' },
    { tool = "picky", raw = "[1]" },
    { tool = "piky", arguments = { n = 1 } },
    { tool = "rm", arguments = {} },
    { tool = "http-requester", arguments = { url = "https://example.com" } },
    { tool = "file-operations", arguments = { operation = "read", path = "/etc/hostname" } },
    { tool = "picky", arguments = { n = 21 } },
    "{{last_tool_result}}",
  } },
  tools = { picky, "file-operations" },
}
local r = agent:execute("Go")
for i, call in ipairs(r.tool_calls) do
  print(i, call.name, call.error and "failed" or "ok")
  print((r.steps[i].observation:gsub("\n", " / ")))
end
print(r.text, r.steps[6].input, r.messages[3].is_error)
print(agent:get_metrics().failures, agent:is_healthy())
