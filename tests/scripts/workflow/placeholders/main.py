def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


# What a step is handed, for each way to write it.
wf = Workflow.sequential(name="placeholders", shared_data={"lang": "en", "deep": {"list": ["x", "y"]}}, steps=[
    {"name": "first", "fn": lambda ctx: {"text": "hello", "n": 7, "list": [1, 2, {"k": "v"}], "yes": True}},
    {"name": "a-b c", "fn": lambda ctx: "odd name"},
    {"name": "sum", "tool": "calculator", "input": {"input": "6 * 7"}},
    {"name": "see", "fn": lambda ctx: ctx.input, "input": {
        "whole": "{{input}}", "key": "{{input.title}}", "number": "{{input.n}}", "flag": "{{input.flag}}", "nothing": "{{input.none | default('x')}}", "json": "{{input.list | json}}!", "item": "{{input.list.1}}",
        "step": "{{steps.first.n}}", "list": "{{steps.first.list}}", "inner": "{{steps.first.list.2.k}}", "yes": "{{steps.first.yes}}",
        "result": "{{step.first.result.n}}", "tool": "{{step.sum.result}}", "tool2": "{{steps.sum.result}}", "output": "{{step:first:output}}", "text": "{{step:sum:output}}",
        "short": "{{first.text}}", "dollar": "$first", "odd": "{{step:a-b c:output}}",
        "shared": "{{shared.lang}}", "shared_deep": "{{shared.deep.list.0}}",
        "mixed": "{{input.title}}: {{steps.first.n}} of {{steps.first.list}} ({{steps.first.yes}})", "spaced": "{{ input.title }}",
        "plain": "no placeholder, a price of $5, {single}", "nested": ["{{input.n}}", {"deeper": "{{steps.first.text}}"}], "number_as_it_is": 3, "bool_as_it_is": False,
    }},
])
r = wf.execute(title="T", n=5, flag=True, list=["zero", "one"])
shown(r.success, r.error, r.error_code)
see = r.outputs.get("see") or {}
for k in sorted(see):
    if see[k] is not None:
        shown(k, JSON.stringify(see[k]))


# An unknown reference is a mistake of the building, and names the nearest step.
def mistake(step, input=None):
    try:
        wf = Workflow.sequential(steps=[{"name": "first", "fn": lambda ctx: 1}, {"name": "second", "template": step}])
    except LLMSpellError as e:
        return shown(e.code, e.message, e.hint, e.details.get("path"))
    done = wf.execute(input)
    shown("runs", done.success, done.error, done.error_code, done.output)


mistake("{{steps.frist.x}}")
mistake("{{step:secnd:output}}")
mistake("{{sharde.x}}")
mistake("{{loop.item}}")
mistake("{{steps.second}}")
mistake("{{input.titel}}", {"title": 1})
mistake("{{steps.first.x}}")
mistake("{{ unclosed")
# What a text stands for keeps its type, and is never read again as a placeholder.
r = Workflow.sequential(steps=[{"name": "echo", "fn": lambda ctx: ctx.input, "input": "{{input.evil}}"}]).execute(evil="{{steps.secret}} {{input.evil}}")
shown(r.output)
# The output of the whole.
r = Workflow.sequential(steps=[{"name": "a", "fn": lambda ctx: 4}], output={"four": "{{steps.a}}", "said": "it is {{steps.a}}", "input": "{{input.x}}"}).execute(x=[1])
print(JSON.stringify(r.output))
