# A function, with a result of its own shape, ...
def greet(params):
    answer = Agent.create(model="echo").execute("hello " + params["who"])
    return {
        "text": answer.text,
        "result": {"who": params["who"], "times": params["times"]},
        "metadata": {"asked": True},
        "artifacts": [{"path": "greeting.txt", "content": answer.text}],
    }


info = Template.register(
    name="greet",
    description="Greets somebody",
    tags=["words"],
    examples=[{"who": "Ada"}],
    parameters={"who": "string", "times": {"type": "integer", "default": 1, "minimum": 1, "maximum": 3}},
    execute=greet,
)
print(info.name, info.origin, info.category, len(info.parameters), sep="\t")
r = Template.execute("greet", who="Ada")
asked = str(r.metadata["asked"]).lower()
first = r.artifacts[0]["path"]
print(r.text, r.result["times"], asked, first, r.metrics["calls"], r.metadata["template"], sep="\t")
calls = Template.estimate_cost("greet", who="Ada").calls
print("nil" if calls is None else calls, Template.list(tag="words")[0].name, sep="\t")

# ... or of any other, ...
Template.register(name="twice", description="Doubles", parameters={"n": "integer"}, execute=lambda p: p["n"] * 2)
print(Template.execute("twice", n=21).result, Template.execute("twice", n=21).text, sep="\t")

# ... and a workflow, whose steps may be templates.
loud = {"operation": "uppercase", "input": "{{steps.greet.text}}"}
Template.register(
    name="shout",
    description="Greets loudly",
    parameters={"who": "string"},
    workflow={
        "steps": [
            {"name": "greet", "template": "greet", "input": {"who": "{{input.who}}"}},
            {"name": "loud", "tool": "text-manipulator", "input": loud},
        ],
        "output": {"loud": "{{steps.loud.output}}", "of": "{{steps.greet.result.who}}"},
    },
)
r = Template.execute("shout", who="Bea")
status = r.metadata["steps"][0]["status"]
print(str(r.success).lower(), r.result["loud"], r.result["of"], r.metrics["calls"], status, sep="\t")

# What fails inside is told; made again, a template is the new one.
failing = {"steps": [{"name": "sum", "tool": "calculator", "input": {"input": "1/0"}}]}
Template.register(name="shout", description="Fails", workflow=failing)
r = Template.execute("shout")
print(str(r.success).lower(), r.metadata["error"]["code"], r.metadata["steps"][0]["status"], sep="\t")


def broken(params):
    raise ValueError("on purpose")


def tried(name):
    try:
        Template.execute(name)
    except LLMSpellError as e:
        return e


Template.register(name="broken", description="Raises", execute=broken)
e = tried("broken")
print("false", "on purpose" if "on purpose" in e.message else e.message, sep="\t")
Template.register(name="again", description="Calls itself", execute=lambda params: Template.execute("again").text)
e = tried("again")
print("false", e.code, e.details["reason"], sep="\t")

# Workflows of the script, with its functions and agents, are templates as well.
poet = Agent.create(name="poet", model="echo")
flow = Workflow.sequential(
    name="poem",
    steps=[
        {"name": "write", "agent": poet, "input": "about {{input.topic}}"},
        {"name": "loud", "fn": lambda step: step.output("write")["text"].upper()},
    ],
)
Template.register(name="poem", description="A poem", parameters={"topic": "string"}, workflow=flow)
r = Template.execute("poem", topic="rain")
print(str(r.success).lower(), r.result, r.metrics["calls"], r.metrics["steps"][0]["name"], sep="\t")
# And a template is a step of a workflow, like any other.
step = {"name": "poem", "template": "poem", "input": {"topic": "{{input}}"}}
outer = Workflow.sequential(name="outer", steps=[step])
print(outer.execute("snow").outputs["poem"]["result"])
