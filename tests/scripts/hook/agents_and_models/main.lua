-- Agents and models, from being made to the end of the run.
local function at(point, fn) return Hook.register(point, fn) end
local hooks = {
  at("BeforeAgentInit", function(c) c.input.system_prompt = "Be brief." return c end),
  at("AfterAgentInit", function(c) print("made", c.agent, c.output.model) end),
}
local ada = Agent.create{ name = "ada", model = { scripted = { "one", "two", "three", "four", "five", "six" } } }
print(ada:get_config().system_prompt)
Agent.builder():name("bob"):model("echo"):build()
Agent.create_from_template("cleo", "chat", { model = "echo" })
for _, it in ipairs(hooks) do it:unregister() end
local function ask(point, fn, text)
  local hook = at(point, fn)
  local ok, r = pcall(ada.execute, ada, text or "Hi")
  hook:unregister()
  if ok then print(point, r.text) else print(point, r.code, r.message) end
end
ask("BeforeAgentExecution", function(c) print(c.agent, c.input.text) end)
ask("AfterAgentExecution", function(c) c.output.text = c.output.text:upper() return c end)
ask("BeforeAgentExecution", function() return { type = "cancel", reason = "no" } end)
ask("BeforeAgentExecution", function(c) return { type = "redirect", target = "bob" } end, "to bob")
ask("BeforeModelCall", function(c) print(c.model, c.input.messages[1].text, c.input.messages[2].text) end)
ask("BeforeModelCall", function() return { type = "replace", data = "from memory" } end)
ask("BeforeModelCall", function() return { type = "redirect", target = "echo" } end, "to echo")
ask("AfterModelCall", function(c) c.output.text = c.output.text .. "!" return c end)
ask("AfterModelCall", function(c) if c.attempt == 1 then return { type = "retry" } end end)
local flaky = Agent.create{ name = "flaky", model = { scripted = { { error = "server" }, "at last" } }, retries = 0 }
local hook = at("AgentError", function(c) print(c.agent, c.error.code) return { type = "retry", max_attempts = 2 } end)
print(flaky:execute("Hi").text)
hook:unregister()
hook = at("BeforeModelCall", function(c) c.input.messages[2].text = "changed" return c end)
Agent.get("cleo"):stream("seen", function(event) if event.type == "text" then print("event", event.text) end end)
hook:unregister()
at("BeforeAgentShutdown", function(c) if c.agent == "ada" and not c.metadata.at_end then return "cancel" end end)
at("AfterAgentShutdown", function(c) print("gone", c.agent, c.metadata.at_end) end)
local ok, e = pcall(ada.destroy, ada)
print(ok, e.code)
flaky:destroy()
print("the end")
