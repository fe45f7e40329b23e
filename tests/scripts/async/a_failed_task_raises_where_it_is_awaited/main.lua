local t = Async.spawn(function() error({ code = "mine", message = "went wrong", hint = "do it right" }, 0) end)
Async.sleep(0)
print(t:status(), t:done())
for _ = 1, 2 do
  local ok, e = pcall(t.await, t)
  print(ok, e.code, e.message, e.hint)
end
