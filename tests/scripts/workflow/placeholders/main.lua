-- What a step is handed, for each way to write it.
local wf = Workflow.sequential{ name = "placeholders", shared_data = { lang = "en", deep = { list = { "x", "y" } } }, steps = {
  { name = "first", fn = function() return { text = "hello", n = 7, list = { 1, 2, { k = "v" } }, yes = true } end },
  { name = "a-b c", fn = function() return "odd name" end },
  { name = "sum", tool = "calculator", input = { input = "6 * 7" } },
  { name = "see", fn = function(ctx) return ctx.input end, input = {
    whole = "{{input}}", key = "{{input.title}}", number = "{{input.n}}", flag = "{{input.flag}}", nothing = "{{input.none | default('x')}}", json = '{{input.list | json}}!', item = "{{input.list.1}}",
    step = "{{steps.first.n}}", list = "{{steps.first.list}}", inner = "{{steps.first.list.2.k}}", yes = "{{steps.first.yes}}",
    result = "{{step.first.result.n}}", tool = "{{step.sum.result}}", tool2 = "{{steps.sum.result}}", output = "{{step:first:output}}", text = "{{step:sum:output}}",
    short = "{{first.text}}", dollar = "$first", odd = "{{step:a-b c:output}}",
    shared = "{{shared.lang}}", shared_deep = "{{shared.deep.list.0}}",
    mixed = "{{input.title}}: {{steps.first.n}} of {{steps.first.list}} ({{steps.first.yes}})", spaced = "{{ input.title }}",
    plain = "no placeholder, a price of $5, {single}", nested = { "{{input.n}}", { deeper = "{{steps.first.text}}" } }, number_as_it_is = 3, bool_as_it_is = false,
  } },
} }
local r = wf:execute{ title = "T", n = 5, flag = true, list = { "zero", "one" } }
print(r.success, r.error, r.error_code)
local keys = {}
for k in pairs(r.outputs.see or {}) do keys[#keys + 1] = k end
table.sort(keys)
for _, k in ipairs(keys) do print(k, JSON.stringify(r.outputs.see[k])) end
-- An unknown reference is a mistake of the building, and names the nearest step.
local function mistake(step, input)
  local ok, e = pcall(Workflow.sequential, { steps = { { name = "first", fn = function() return 1 end }, { name = "second", template = step } } })
  if ok then
    local done = e:execute(input)
    return print("runs", done.success, done.error, done.error_code, done.output)
  end
  print(e.code, e.message, e.hint, e.details and e.details.path)
end
mistake("{{steps.frist.x}}")
mistake("{{step:secnd:output}}")
mistake("{{sharde.x}}")
mistake("{{loop.item}}")
mistake("{{steps.second}}")
mistake("{{input.titel}}", { title = 1 })
mistake("{{steps.first.x}}")
mistake("{{ unclosed")
-- What a text stands for keeps its type, and is never read again as a placeholder.
r = Workflow.sequential{ steps = { { name = "echo", fn = function(ctx) return ctx.input end, input = "{{input.evil}}" } } }:execute{ evil = "{{steps.secret}} {{input.evil}}" }
print(r.output)
-- The output of the whole.
r = Workflow.sequential{ steps = { { name = "a", fn = function() return 4 end } }, output = { four = "{{steps.a}}", said = "it is {{steps.a}}", input = "{{input.x}}" } }:execute{ x = { 1 } }
print(JSON.stringify(r.output))
