local agent = Agent.create{ name = "viewer", model = "echo" }
local PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
local function asked(input, options) print((agent:execute(input, options).text:gsub("\n", " "))) end
asked({ text = "Seen:", images = { { path = "chart.png" } } })
asked({ text = "Twice:", images = { "chart.png", { path = "chart.png", name = "again.png" } } })
asked("Beside:", { images = "chart.png" })
asked({ image = { path = "chart.png" } })
asked({ text = "Bytes:", images = { { base64 = PNG, mime = "image/png" }, { url = "data:image/png;base64," .. PNG } } })
asked({ text = "Far away:", images = { { url = "https://example.com/a.png" } } })
asked({ text = "Note:", files = { { path = "note.md" } }, documents = { "note.md" } })
asked({ text = "Heard:", audio = { { base64 = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=", mime = "audio/wav" } } })
asked({ messages = { { role = "user", content = { { type = "text", text = "In a part:" }, { type = "image_url", image_url = { url = "data:image/png;base64," .. PNG } } } } } })
local r = agent:execute({ text = "x", images = { "chart.png" } })
print(JSON.stringify(r.messages[1]))
local function wrong(input)
  local ok, e = pcall(agent.execute, agent, input)
  print(ok, e.code, e.message, e.hint)
end
wrong({ text = "a", images = { "fake.png" } })
wrong({ text = "a", images = { { path = "/etc/hostname" } } })
wrong({ text = "a", images = { { base64 = "%%%" } } })
wrong({ text = "a", images = { {} } })
wrong({ text = "a", images = { { path = "chart.png", url = "https://example.com/a.png" } } })
wrong({ text = "a", images = { { pth = "chart.png" } } })
wrong({ text = "a", audio = { "chart.png" } })
wrong({ text = "a", images = { { url = "ftp://example.com/a.png" } } })
print(select(2, pcall(agent.execute, agent, { text = "a", images = { "missing.png" } })).code)
r.messages[#r.messages + 1] = { role = "user", text = "And?" }
wrong(r.messages)
local blind = Agent.create{ name = "blind", model = { scripted = { turns = { "x" }, media = {} } } }
local ok, e = pcall(blind.execute, blind, { text = "a", images = { "chart.png" } })
print(ok, e.code, e.message)
