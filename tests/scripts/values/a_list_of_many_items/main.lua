local list = {}
for i = 1, 20000 do list[i] = i end
State.set("list", list)
local back = State.get("list")
local sum = 0
for _, v in ipairs(back) do sum = sum + v end
print(#back, sum, back[20000])
