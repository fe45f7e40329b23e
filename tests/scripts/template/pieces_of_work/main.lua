local function done(name, params)
  params.model = "scripted/cast"
  local r = Template.execute(name, params)
  print(name, r.success, r.metrics.calls)
  return r.result, r
end

local r, all = done("code-generator", { task = "Add two numbers." })
print(r.accepted, #r.files, all.artifacts[1].path, all.artifacts[1].bytes, #r.files[1].content)
r = done("code-review", { paths = "src/mean.py", aspects = { "correctness" } })
print(r.verdict, r.counts.major, r.findings[1].file, r.findings[1].line, r.findings[1].title, r.summary)
r = done("content-generation", { topic = "notes", format = "email", words = 20 })
print(r.title, r.words, r.outline.sections[1].heading)
r = done("data-analysis", { data = { { city = "Oslo", sales = 2 }, { city = "Rome", sales = 4.5 } }, group_by = "city" })
print(r.explanation, r.statistics.sales.mean, r.groups[2].value, r.groups[2].sales.sum)
r = done("document-processor", { documents = "The release is on Friday." })
print(r.documents[1].text, r.documents[1].parts)
r = done("document-processor", { documents = "The release is on Friday.", operation = "extract", fields = { day = "of the release" } })
print(r.documents[1].data.day)
r = done("file-classification", { folder = "inbox", categories = { "bill", { name = "letter", description = "to a person" } }, move = true })
for _, it in ipairs(r.files) do print(it.path, it.category, it.confidence, it.target, it.moved) end
print(r.dry_run, r.counts.unclassified)
r, all = done("research-assistant", { question = "When?", sources = { { name = "minutes", text = "The release is on Friday." } }, depth = "short" })
print(r.findings[1].source, r.findings[1].verified, r.unverified)
print(all.text)
local steps = { { name = "up", tool = "text-manipulator", input = { operation = "uppercase", input = "{{input.name}}" } } }
r = done("workflow-orchestrator", { workflow = { steps = steps }, input = { name = "ada" } })
print(r.output, r.workflow.steps[1].tool)
