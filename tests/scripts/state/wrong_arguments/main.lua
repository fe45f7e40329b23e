for _, work in ipairs({
  function() State.set() end,
  function() State.get(5) end,
  function() State.set("k", print) end,
  function() State.incr("k", "x") end,
  function() State.update("k", "no function") end,
  function() State.get("a", nil, "global", "too many") end,
}) do
  local ok, e = pcall(work)
  print(ok, e.code)
  print(e.message)
end
