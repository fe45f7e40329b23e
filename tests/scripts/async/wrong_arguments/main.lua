for _, work in ipairs({
  function() Async.spawn(5) end,
  function() Async.sleep(-1) end,
  function() Async.race({}) end,
  function() Async.any({}) end,
}) do
  local ok, e = pcall(work)
  print(ok, e.code)
end
