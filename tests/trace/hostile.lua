-- </script><img src=x onerror="window.hacked=1">
local evil = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'> hostile \27[31m\u{202e}"
Run.checkpoint("begin " .. evil)
local agent = Agent.create{
  name = "asker",
  tools = { "calculator" },
  model = { scripted = { turns = {
    { tool = "calculator", arguments = { input = "6 * 7" } },
    { text = "It is 42. " .. evil, cost_usd = 0.25 },
  } } },
}
State.set("x", evil)
pcall(Tool.execute, "file-operations", { operation = "read", path = "/etc/passwd" })
agent:execute(evil)
Async.map({ 1, 2 }, function(n) return Tool.execute("calculator", { input = tostring(n) }) end)
for i = 1, 12 do Tool.execute("calculator", { input = tostring(i) }) end
pcall(Tool.execute, "calculator", { input = "1 / 0" })
print(Tool.execute("calculator", { input = "6 * 7" }).result)
