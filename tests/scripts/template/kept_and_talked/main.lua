local model = "scripted/talk"
-- What one run keeps, the next one finds.
local talk = Template.execute("interactive-chat", { message = "hello", session = "trip", model = model })
print(talk.text, #talk.result.messages)
local first = Template.execute("interactive-chat", { message = "I am Ada.", model = model })
print(Template.execute("interactive-chat", { message = "Who am I?", messages = first.result.messages, model = model }).text)

local function notes(params)
  return Template.execute("knowledge-management", params).result
end
print(notes{ operation = "add", content = "The backup runs at three.", tags = { "ops" } }.id)
notes{ operation = "add", content = "Cats sleep.", title = "Cats" }
for _, it in ipairs(notes{ operation = "search", query = "backups" }.notes) do print(it.id, it.title) end
local asked = Template.execute("knowledge-management", { operation = "ask", query = "When is the backup?", model = model })
print(asked.text, asked.result.cited[1], asked.metrics.calls)
print(notes{ operation = "list" }.total, notes{ operation = "list", base = "other" }.total)
