-- A function, with a result of its own shape, ...
local info = Template.register{
  name = "greet", description = "Greets somebody", tags = { "words" }, examples = { { who = "Ada" } },
  parameters = { who = "string", times = { type = "integer", default = 1, minimum = 1, maximum = 3 } },
  execute = function(params)
    local answer = Agent.create{ model = "echo" }:execute("hello " .. params.who)
    return { text = answer.text, result = { who = params.who, times = params.times }, metadata = { asked = true },
      artifacts = { { path = "greeting.txt", content = answer.text } } }
  end,
}
print(info.name, info.origin, info.category, #info.parameters)
local r = Template.execute("greet", { who = "Ada" })
print(r.text, r.result.times, r.metadata.asked, r.artifacts[1].path, r.metrics.calls, r.metadata.template)
print(Template.estimate_cost("greet", { who = "Ada" }).calls, Template.list{ tag = "words" }[1].name)

-- ... or of any other, ...
Template.register{ name = "twice", description = "Doubles", parameters = { n = "integer" }, execute = function(p) return p.n * 2 end }
print(Template.execute("twice", { n = 21 }).result, Template.execute("twice", { n = 21 }).text)

-- ... and a workflow, whose steps may be templates.
Template.register{
  name = "shout", description = "Greets loudly", parameters = { who = "string" },
  workflow = {
    steps = {
      { name = "greet", template = "greet", input = { who = "{{input.who}}" } },
      { name = "loud", tool = "text-manipulator", input = { operation = "uppercase", input = "{{steps.greet.text}}" } },
    },
    output = { loud = "{{steps.loud.output}}", of = "{{steps.greet.result.who}}" },
  },
}
r = Template.execute("shout", { who = "Bea" })
print(r.success, r.result.loud, r.result.of, r.metrics.calls, r.metadata.steps[1].status)

-- What fails inside is told; made again, a template is the new one.
Template.register{ name = "shout", description = "Fails", workflow = { steps = { { name = "sum", tool = "calculator", input = { input = "1/0" } } } } }
r = Template.execute("shout")
print(r.success, r.metadata.error.code, r.metadata.steps[1].status)
Template.register{ name = "broken", description = "Raises", execute = function() error("on purpose") end }
local ok, e = pcall(Template.execute, "broken")
print(ok, e.message:match("on purpose"))
Template.register{ name = "again", description = "Calls itself", execute = function() return Template.execute("again").text end }
ok, e = pcall(Template.execute, "again")
print(ok, e.code, e.details.reason)

-- Workflows of the script, with its functions and agents, are templates as well.
local poet = Agent.create{ name = "poet", model = "echo" }
local flow = Workflow.sequential{ name = "poem", steps = {
  { name = "write", agent = poet, input = "about {{input.topic}}" },
  { name = "loud", fn = function(step) return step:output("write").text:upper() end },
} }
Template.register{ name = "poem", description = "A poem", parameters = { topic = "string" }, workflow = flow }
r = Template.execute("poem", { topic = "rain" })
print(r.success, r.result, r.metrics.calls, r.metrics.steps[1].name)
-- And a template is a step of a workflow, like any other.
local outer = Workflow.sequential{ name = "outer", steps = { { name = "poem", template = "poem", input = { topic = "{{input}}" } } } }
print(outer:execute("snow").outputs.poem.result)
