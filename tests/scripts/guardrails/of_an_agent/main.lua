-- Rules of an agent's own, on what goes to its model, comes from it, and goes into its tools.
local TEXT = "mail bob@example.com"
local function tried(what, fields, input)
  fields.name = "guarded"
  local agent = Agent.create(fields)
  local ok, e = pcall(agent.ask, agent, input or TEXT)
  print(what .. ":", ok and e.text or e.code, ok and "" or e.message)
end
local function emails(action, on) return { rules = { mails = { find = { "email" }, action = action, on = { on } } } } end
local says = { scripted = { turns = { "write to bob@example.com now" } } }

tried("nothing", { model = "echo" })
tried("redact, to", { model = "echo", guardrails = emails("redact", "to_model") })
tried("permissive, to", { model = "echo", guardrails = emails("permissive", "to_model") })
tried("strict, to", { model = "echo", guardrails = emails("strict", "to_model") })
tried("strict, to, clean", { model = "echo", guardrails = emails("strict", "to_model") }, "no address")
tried("redact, from", { model = says, guardrails = emails("redact", "from_model") })
tried("strict, from", { model = says, guardrails = emails("strict", "from_model") })

local tool = Tool.create{ name = "send", description = "Send.", parameters = { text = "string" },
  execute = function(params) print("  sent", params.text) return "sent" end }
local function calls() return { scripted = { turns = { { tool = "send", arguments = { text = TEXT } }, "done" } } } end
for _, action in ipairs{ "redact", "permissive", "strict" } do
  tried(action .. ", tool", { model = calls(), tools = { tool }, guardrails = emails(action, "to_tool") })
end

-- A stream: no part of it is seen before the rule.
local pieces = { scripted = { turns = { { chunks = { "ask bo", "b@exam", "ple.com or eve@exa", "mple.com" } } } } }
local agent = Agent.create{ model = pieces, guardrails = emails("redact", "from_model") }
local text = ""
for event in agent:stream("hi") do if event.type == "text" then text = text .. event.text end end
print("stream:", text)
agent = Agent.create{ name = "stopped", model = pieces, guardrails = emails("strict", "from_model") }
text = ""
local ok = pcall(function()
  for event in agent:stream("hi") do
    if event.type == "text" then text = text .. event.text end
    if event.type == "error" then print("stream:", event.text) end
  end
end)
print("seen:", ok, text)

-- What another agent does for one that is guarded is guarded, too.
local inner = Agent.create{ name = "inner", model = "echo" }
local outer = Agent.create{ name = "outer", tools = { inner }, guardrails = emails("strict", "to_model"),
  model = { scripted = { turns = { { tool = "inner", arguments = { input = "bob@example.com" } }, "done" } } } }
local e
ok, e = pcall(outer.ask, outer, "go")
print("inside:", ok, e.code)
print("by itself:", inner:ask("bob@example.com").text)
local found = e.details
print(found.rule, found.place, found.name, found.found[1], found.times, found.agent)
