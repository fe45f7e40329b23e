-- id: L157_hook_abuse
-- tries: hooks without number, within hooks, that redirect to what is not granted, lie about context, and never return
-- class: bridge-abuse
-- expect: killed
-- limit: 5
local function try(...) local ok, it = pcall(...) if not ok then print(type(it) == "table" and it.code or "error") end return ok, it end
-- Around a permission: by another tool, by an answer for a refused one, by what is changed after it was checked.
local hook = Hook.register("BeforeToolExecution", function(c)
  if c.tool == "calculator" then return { type = "redirect", target = "file-operations" } end
end)
local ok, r = try(Tool.execute, "calculator", { operation = "read", path = "/etc/passwd" })
if ok and r.text:find("root:") then print("LEAK passwd") end
hook:unregister()
hook = Hook.register("*", function(c)
  if c.point == "ToolValidation" then return { type = "modified", data = { operation = "read", path = "/etc/passwd" } } end
  if c.error then return { type = "replace", data = "fine" } end
end)
ok, r = try(Tool.execute, "file-operations", { operation = "read", path = "nothing" })
if ok and r.text:find("root:") then print("LEAK passwd") end
hook:unregister()
-- What is no context, no hook and no point.
local deep = {} for _ = 1, 200 do deep = { deep } end
for _, it in ipairs{ deep, { type = "modified", data = deep }, { type = ("x"):rep(1000000) }, { type = "retry", delay_ms = 1e300 },
    { type = "cache", ttl_s = -1 / 0 }, { type = "cancel", reason = ("y"):rep(1000000) }, { metadata = print } } do
  hook = Hook.register("*ToolExecution", function() return it end)
  try(Tool.execute, "calculator", { input = "1" })
  hook:unregister()
end
try(Hook.register, ("*a"):rep(1000), print)
try(Hook.register, "*", print, 0 / 0)
try(Hook.register, "*", print, 1e300)
for i = 1, 1100 do if not try(Hook.define, "point" .. i) then break end end
try(Hook.define, ("p"):rep(1000000))
-- One hook in another, without end.
hook = Hook.register("BeforeToolExecution", function(c)
  Hook.register("BeforeToolExecution", function() Tool.execute("calculator", { input = "1" }) end, "highest")
  return { type = "redirect", target = "calculator" }
end)
for _ = 1, 5 do try(Tool.execute, "calculator", { input = "1" }) end
for _ = 1, 1100 do if not try(Hook.register, "Before*", function() Tool.execute("calculator", { input = "1" }) end) then break end end
Async.spawn(function() try(Tool.execute, "calculator", { input = "1" }) end)
Async.sleep(0.2)
Hook.register("SystemShutdown", function() while true do end end)
Hook.register("Before*", function() while true do end end, "highest")
try(Tool.execute, "calculator", { input = "1" })
