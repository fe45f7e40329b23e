local t = {}
for w in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do t[w] = (t[w] or 0) + 1 end
local keys = {}
for k in pairs(t) do keys[#keys + 1] = k end
table.sort(keys, function(a, b) if t[a] ~= t[b] then return t[a] > t[b] end return a < b end)
for _, k in ipairs(keys) do print(k .. " " .. t[k]) end
