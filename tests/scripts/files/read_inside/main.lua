local f = io.open("data.txt")
print(f:read())
print(f:read("a"))
f:close()
for line in io.lines("data.txt") do print("> " .. line) end
local g = assert(io.open("data.txt", "rb"))
print(g:seek("end"), g:seek("set", 2), g:read(3))
g:close()
