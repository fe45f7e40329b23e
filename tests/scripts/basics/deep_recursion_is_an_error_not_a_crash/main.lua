local function down(n) return 1 + down(n + 1) end
local ok = pcall(down, 0)
print(ok)
print("still here")
