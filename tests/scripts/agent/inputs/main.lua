local agent = Agent.create{ name = "echoer", model = { scripted = { turns = { { text = "[{{system}}] {{said}}" } }, ["repeat"] = "last" } } }
local function asked(...) return (agent:execute(...).text:gsub("\n", " / ")) end
print(asked("a string"))
for _, key in ipairs{ "text", "prompt", "input", "message" } do print(asked({ [key] = "by " .. key })) end
print(asked({ messages = { { role = "user", content = "one" }, { role = "assistant", content = "two" }, { role = "user", content = "three" } } }))
print(asked({ { role = "user", text = "a list" }, { role = "model", text = "of" }, { role = "user", parts = { "mess", { text = "ages" } } } }))
print(asked({ messages = { { role = "user", content = { { type = "text", text = "parts" } } }, { role = "assistant", content = "ok" } }, text = "and text" }))
print(asked({ messages = { { role = "system", content = "Rule." }, { role = "user", content = "obey" } } }))
print(asked("with options", { system_prompt = "Once." }), asked("without"))
print(asked({ text = "beside", system_prompt = "Beside.", context = { a = 1 } }):match("^%[Beside%.") ~= nil)
print(asked("ünïcödé 日本 😀"))
-- What was answered can be given back.
local first = agent:execute("first")
local messages = first.messages
messages[#messages + 1] = { role = "user", content = "second" }
print(asked({ messages = messages }))
for _, method in ipairs{ "execute", "invoke", "run", "complete", "ask", "executeAsync", "execute_async" } do
  io.write(agent[method](agent, method).text:sub(4), " ")
end
print()
local function wrong(...)
  local ok, e = pcall(agent.execute, agent, ...)
  print(ok, e.code, e.message, e.hint)
end
wrong()
wrong("")
wrong("  \n")
wrong({})
wrong(5)
wrong({ txt = "a" })
wrong({ text = "a", prompt = "b" })
wrong({ text = 5 })
wrong({ text = agent })
wrong(print)
wrong({ messages = { { role = "usr", content = "a" } } })
wrong({ messages = { { role = "user" } } })
wrong({ messages = { { role = "user", content = "a" }, { role = "assistant", content = "b" } } })
wrong({ messages = "a" })
wrong({ text = "a", context = { f = print } })
wrong({ text = "a", temprature = 1 })
wrong({ text = "a", memory = "buffer" })
wrong("a", { name = "b" })
wrong("not \xff utf8")
