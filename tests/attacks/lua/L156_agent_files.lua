-- id: L156_agent_files
-- tries: read files by pictures, documents, scripted models, templates and a model's tools
-- class: file-read
-- expect: blocked
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local function look(what, done, it)
  local text = type(it) == "table" and JSON.stringify(it) or tostring(it)
  if done and text:find("root:", 1, true) then print("LEAK " .. what) end
end
local echo = Agent.create{ name = "echo", model = "echo" }
for _, path in ipairs{ "/etc/passwd", "../../../../../../etc/passwd", "/proc/self/environ", "/proc/self/root/etc/passwd", "file:///etc/passwd", "/dev/stdin" } do
  for _, field in ipairs{ "images", "audio", "files", "documents" } do
    for _, value in ipairs{ path, { path = path }, { url = path }, { url = "file://" .. path }, { path = path, mime = "text/plain" } } do
      look(field, pcall(echo.execute, echo, { text = "read", [field] = { value } }))
    end
  end
  look("scripted", pcall(function() return Agent.create{ model = "scripted/" .. path }:execute("go") end))
  look("template", pcall(Agent.create_from_template, "t", path))
  look("template path", pcall(Agent.create_from_template, "t", "../agents/" .. path))
  for _, call in ipairs{
    { tool = "file-operations", arguments = { operation = "read", path = path } }, { tool = "file-search", arguments = { pattern = "root", path = path } },
    { tool = "file_operations", arguments = { operation = "copy", path = path, destination = "copied" } },
  } do
    local made, agent = pcall(Agent.create, { tools = { "file-operations", "file-search" }, model = { scripted = { { calls = { call } }, { text = "{{last_tool_result}}" } } } })
    if made then look("tool", pcall(agent.execute, agent, "go")) end
  end
end
print("done")
