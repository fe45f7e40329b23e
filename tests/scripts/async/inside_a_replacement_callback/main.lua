local text = ("a1b22c333"):gsub("%d+", function(d) return "<" .. Tool.execute("calculator", { input = d .. " * 2" }).result .. ">" end)
print(text)
