local n = 0
Tool.create{ name = "flaky", description = "d", parameters = { times = "integer", code = "string" },
  execute = function(params)
    n = n + 1
    if n <= params.times then error{ code = params.code, message = "not now" } end
    return "at last, after " .. n
  end }
print(Tool.execute("flaky", { times = 2, code = "busy" }).text)
n = 0
print(select(2, pcall(Tool.execute, "flaky", { times = 3, code = "busy" })).code, n)
n = 0
print(select(2, pcall(Tool.execute, "flaky", { times = 1, code = "broken" })).code, n)
