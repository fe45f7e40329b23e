local n = State.incr("runs")
print("run " .. n)
local saved = State.get("saved")
if saved == nil then
  print("nothing yet")
else
  print(JSON.stringify(saved.list), saved.text, saved.bytes == "\255\0")
end
State.set("saved", { text = "ü", list = { 1, 2.5, true }, bytes = "\255\0" })
