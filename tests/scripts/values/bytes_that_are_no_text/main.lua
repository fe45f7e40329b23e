Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
local back = Tool.execute("echo", { value = all }).result.value
print(#back, back == all)
print(Tool.execute("hash-calculator", { input = all }).result.hash)
