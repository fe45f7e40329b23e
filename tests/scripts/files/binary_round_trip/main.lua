local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all):rep(1000)
local f = io.open("out/b", "wb")
f:write(all)
f:close()
local back = io.open("out/b", "rb"):read("a")
print(#back, back == all)
