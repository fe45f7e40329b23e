local f = io.open("out/lines", "w")
for i = 1, 20000 do f:write("line ", i, "\n") end
f:flush()
local n, size = 0, 0
for line in io.lines("out/lines") do
  n, size = n + 1, size + #line
end
print(n, size)
f:write("end\n")
f:close()
local last
for line in io.lines("out/lines") do last = line end
print(last)
