-- Make a tool of a function; its parameters are checked before it runs: `llmspell run own-tool.lua`
Tool.create({
  name = "greeter",
  description = "Greets somebody",
  parameters = { name = { type = "string", required = true }, times = { type = "integer", default = 1 } },
  execute = function(params) return ("Hello, %s! "):rep(params.times):format(params.name, params.name) end,
})
print(Tool.execute("greeter", { name = "Ada", times = 2 }).text)
local ok, problem = pcall(Tool.execute, "greeter", { name = "Ada", times = "often" })
print(ok, problem.code)
