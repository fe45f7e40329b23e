local t = Tool.create({
  name = "greet",
  description = "Greets someone.",
  parameters = { name = "string", loud = { type = "boolean", default = false } },
  execute = function(p)
    local text = "hello " .. p.name
    return p.loud and text:upper() or text
  end,
})
print(t.name, t.description)
print(t:execute({ name = "ada" }).result)
print(Tool.execute("greet", { name = "ada", loud = true }).result)
print(Tool["greet"].execute({ name = "index" }).text)
print(Tool.exists("greet"), Tool.get("greet").name, Tool.list({ category = "script" })[1].name)
