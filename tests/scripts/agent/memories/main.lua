local function one_line(text) return (text:gsub("\n", " / ")) end
local function teller() return { scripted = { turns = { "{{said}}" }, ["repeat"] = "last" } } end
local function told(name, fields)
  fields.name, fields.model = name, fields.model or teller()
  local agent, texts = Agent.create(fields), {}
  for i = 1, 4 do texts[i] = one_line(agent:execute("n" .. i).text) end
  print(name, table.concat(texts, "; "), agent:get_state().messages)
  return agent
end
told("nothing", {})
told("none", { memory = "none" })
local agent = told("buffer", { memory = "buffer" })
agent:forget()
print(agent:get_state().messages, agent:execute("anew").text)
told("window", { memory = { kind = "window", max_messages = 4 } })
told("length", { max_conversation_length = 2 })
-- Beyond max_tokens the model sums up what was said; the summary is shown to it as the system's.
local summed = {
  scripted = { turns = { { when = { system = "Summarise" }, text = "SHORT" }, { when = { input = "*" }, text = "[{{system}}] {{said}}" } } },
}
local talker = Agent.create{ name = "summary", model = summed, memory = { kind = "summary", max_tokens = 100 } }
local long = ("word "):rep(40)
for i = 1, 3 do talker:execute(long .. i) end
print(one_line(talker:execute("what did I say?").text:gsub("word ", "")))
-- What fails is not remembered, what is overridden is.
local flaky = Agent.create{ name = "flaky", memory = true, model = { scripted = { { error = "bad_request" }, "{{said}}", "{{said}}" } } }
print(pcall(flaky.execute, flaky, "lost"))
print(flaky:execute("kept", { system_prompt = "x" }).text, one_line(flaky:execute("more").text))
-- Tools and their answers are remembered whole.
local user = Agent.create{ name = "user", memory = "window", model = { scripted = { { tool = "calculator", arguments = { input = "1" } }, "one", "{{said}}" } }, tools = { "calculator" } }
user:execute("first")
print(user:get_state().messages, one_line(user:execute("second").text), user:get_state().messages)
