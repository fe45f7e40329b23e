Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
local back = Tool.execute("echo", { value = 3.0 }).result.value
print(math.type(back), JSON.stringify(back))
