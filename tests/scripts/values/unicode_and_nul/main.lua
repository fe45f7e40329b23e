Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
for _, v in ipairs({ "ä", "世界", "🙂", "a\0b", "\239\187\191bom", "\226\128\139" }) do
  print(Tool.execute("echo", { value = v }).result.value == v)
end
