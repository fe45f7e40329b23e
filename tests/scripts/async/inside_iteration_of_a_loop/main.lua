local function each()
  local i = 0
  return function()
    i = i + 1
    if i <= 3 then return Tool.execute("text-manipulator", { operation = "uppercase", input = "item" .. i }).result end
  end
end
for v in each() do print(v) end
