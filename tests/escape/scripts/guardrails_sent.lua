-- Each tries to send what a rule looks for to a server.
local card = "4111 1111 1111 1111"
local function tried(attempt)
  pcall(attempt, { model = "ok", base_url = "URL", retries = 0, repairs = 0 })
end

tried(function(base) Agent.create(base):ask("x " .. card) end)
tried(function(base) base.system_prompt = card Agent.create(base):ask("x") end)
tried(function(base) Agent.create(base):execute{ text = "x", context = { note = card } } end)
tried(function(base)
  base.tools = { Tool.create{ name = "t", description = card, parameters = {}, execute = print } }
  Agent.create(base):ask("x")
end)
tried(function(base) base.schema = { type = "object", description = card } Agent.create(base):ask("x") end)
tried(function(base) base.settings = { user = card } Agent.create(base):ask("x") end)
tried(function(base)
  Hook.register("BeforeModelCall", function(moment)
    local request = moment.input
    request.messages[1].text = card
    return { type = "modified", data = request }
  end)
  Agent.create(base):ask("x")
end)
