local function one_line(text) return (text:gsub("\n", " / ")) end
-- The model gives the conversation, with its state, to another agent.
local billing = Agent.create{
  name = "billing", description = "Invoices", system_prompt = "You bill.",
  model = { scripted = { turns = { { when = { said = "refund" }, text = "Refunded." }, { when = { input = "*" }, text = "Billing: {{input}}" } } } },
}
local desk = Agent.create{
  name = "desk",
  model = { scripted = { { text = "One moment.", tool = "transfer_to_billing", arguments = { reason = "It is about money", context = { order = 7 } }, cost_usd = 0.25 } } },
  handoffs = { billing },
}
local r = desk:execute("I want a refund")
print(r.text, r.agent, r.cost_usd, JSON.stringify(r.metadata))
for _, step in ipairs(r.steps) do print(step.kind, step.thought, step.action, JSON.stringify(step.input)) end
for _, m in ipairs(r.messages) do print(m.role, one_line(m.text)) end
print(r.tool_calls[1].name, JSON.stringify(desk:get_config().handoffs), desk:has_tool("transfer_to_billing"))
-- By name, and a conversation stays with the one who took it.
local front = Agent.create{ name = "front", model = { scripted = { "Hello.", { tool = "transfer_to_billing", arguments = {} } } }, handoffs = { "billing" } }
local talk = front:conversation()
print(talk:send("hi").agent, talk:send("about my invoice").agent, talk:send("and the other one").text, #talk:history())
talk:clear()
print(pcall(talk.send, talk, "anew")) -- with the first one, who has no turn left
-- The script gives it.
local first = Agent.create{ name = "first", memory = "buffer", model = { scripted = { turns = { "noted" }, ["repeat"] = "last" } } }
first:execute("my name is Ada")
local teller = Agent.create{ name = "teller", model = { scripted = { turns = { "{{said}}" }, ["repeat"] = "last" } } }
local other = first:handoff(teller, { mood = "calm" })
print(one_line(other:send("who am I?").text))
print(#first:handoff("teller"):history())
-- From one to the next to the next: somebody stops it.
local chain = teller
for i = 1, 12 do
  chain = Agent.create{ name = "n" .. i, model = { scripted = { { tool = "transfer_to_" .. chain.name, arguments = {} } } }, handoffs = { chain } }
end
local ok, e = pcall(chain.execute, chain, "round and round")
print(ok, e.code, e.details.reason, e.message)
