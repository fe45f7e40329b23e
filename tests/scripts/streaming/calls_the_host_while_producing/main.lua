local s = Streaming.create(function(emit)
  for _, x in ipairs({ "1+1", "2+2", "3+3" }) do emit(Tool.execute("calculator", { input = x }).result) end
end)
print(JSON.stringify(s:collect()))
