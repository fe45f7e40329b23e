-- A server that a script names is a way out, each time that something is asked of it. Port 9 has no server: an allowed
-- request fails there.
local agent = Agent.create({ name = "far", model = "x", base_url = "http://127.0.0.1:9/v1", retries = 0 })

local function ask()
  local ok, err = pcall(agent.ask, agent, "hello")
  return err.code
end

Tool.execute("file-operations", { operation = "read", path = "notes.txt" })
print("private alone:", ask())
Run.mark("untrusted", "the mails on stdin")
print("both:", ask())
print("never said")
