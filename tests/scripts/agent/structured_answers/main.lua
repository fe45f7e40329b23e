local function answering(...) return { scripted = { ... } } end
local good = { data = { city = "Lagos", people = 15388000 } }
local function asked(schema, ...)
  local r = Agent.create{ name = "clerk", model = answering(...), schema = schema }:execute("Where?")
  print(JSON.stringify(r.data), #r.steps, r.text)
  return r
end
-- A table of fields, a JSON Schema, and as providers write it.
asked({ city = "string", people = "integer" }, good)
asked({ { name = "city", type = "string", description = "The city" }, { name = "people", type = "integer", required = false } }, { data = { city = "Kano" } })
asked({ type = "object", properties = { city = { type = "string" }, people = { type = "integer", minimum = 0 } }, required = { "city" } }, good)
asked({ type = "json_schema", json_schema = { schema = { type = "object", properties = { city = { type = "string" } } } } }, good)
asked({ label = { type = "string", enum = { "a", "b" } }, score = { type = "number", default = 0.5 } }, { data = { label = "a" } })
-- JSON with prose and fences around it is read; what is not valid is shown to the model, which corrects it.
asked({ n = "integer" }, "Here it is:\n```json\n{\"n\": 1}\n```\nDone.")
local r = asked({ city = "string", people = "integer" }, { data = { city = "Lagos", people = "many" } }, "no JSON at all", good)
for i, step in ipairs(r.steps) do print(i, step.kind, (step.observation:gsub("\n.*", "")), step.error) end
for _, m in ipairs(r.messages) do print(m.role, (m.text:gsub("\n", " / "))) end
-- After its repairs it is an error with the place and the text.
local function wrong(fields)
  local ok, e = pcall(function() return Agent.create(fields):execute("x") end)
  print(ok, e.code, e.message)
  print(e.details.path, e.details.raw, e.details.attempts, e.hint)
end
wrong{ name = "a", model = answering("x", "y", "{\"n\": 1.5}"), schema = { n = "integer" } }
wrong{ name = "b", model = answering({ data = { list = { 1, "two" } } }), schema = { type = "object", properties = { list = { type = "array", items = { type = "integer" } } } }, repairs = 0 }
wrong{ name = "c", model = answering("{\"n\": "), schema = { n = "integer" }, repairs = 0 }
wrong{ name = "d", model = answering({ text = "{\"n\": 1", finish_reason = "length" }), schema = { n = "integer" } }
wrong{ name = "e", model = answering(""), schema = { n = "integer" }, repairs = 0 }
wrong{ name = "f", model = answering("{}", "{}"), schema = { n = "integer" }, repairs = 1 }
-- With tools before the answer.
local t = Agent.create{ model = answering({ tool = "calculator", arguments = { input = "6*7" } }, { data = { n = 42 } }), tools = { "calculator" }, schema = { n = "integer" } }
print(t:execute("Go").data.n)
-- A model that has no structured output is asked in words.
print(Agent.create{ model = { scripted = { turns = { "Sure: {\"n\": 7}" }, schema = false } }, schema = { n = "integer" } }:execute("x").data.n)
