import subprocess
import sys
from pathlib import Path

from llmspell.globals.declared import declared_interface
from llmspell.interface.pyi import python_stubs
from llmspell.interface.spec import Interface

SCRIPT = """\
from llmspell_globals import ARGS, JSON, Async, LLMSpellError, Logger, Run, State, Tool

rows: list[str] = [it.name for it in Tool.list(category="utilities")]
result = Tool.execute("calculator", input="1 + 1")
print(result.text, result["result"], ARGS.since, ARGS[0], len(ARGS), Run.id)
mine = Tool.create(name="mine", description="Mine.", execute=lambda params: params, parameters={"x": "string"})
print(mine.execute({"x": "y"}).result, mine.name)
tasks = Async.map(rows, lambda it, i: it, limit=3)
State.set("n", 1, scope="user:1")
Logger.with_(user=1).info("hello", n=2)
print(JSON.stringify(tasks, pretty=True), JSON.null)
try:
    Async.spawn(print, 1).wait()
except LLMSpellError as error:
    print(error.code, error.hint)
"""

AGENTS = """\
from llmspell_globals import Agent, BudgetExceeded, ProviderError, Run, SchemaError, Tool

def weather(params: dict[str, str]) -> str:
    return params["city"] + ": dry"

tool = Tool.create(name="weather", description="The weather.", parameters={"city": "string"}, execute=weather)
helper = Agent.create(name="helper", model="echo", description="Helps")
agent = Agent.create(
    name="ada",
    model={"scripted": [{"text": "hi"}]},
    tools=["calculator", tool, helper, "helper"],
    schema={"city": "string"},
    memory="window",
    budget={"usd": 0.1, "tokens": 1000},
    temperature=0.5,
    stop=["END"],
    fallback=["echo"],
    handoffs=[helper],
    custom={"team": "blue"},
)
print(agent.name, agent.id, agent.description, agent.model)
answer = agent.execute("hi", temperature=0.2, tools=[tool])
text: str = answer.text
cost: float = answer.cost_usd
tokens: int = answer.usage.total_tokens + answer.usage.input_tokens
print(text, cost, tokens, answer["data"], [it.action for it in answer.steps], [it.name for it in answer.tool_calls])
print(agent.execute({"text": "x", "images": [{"path": "a.png"}]}).finish_reason, agent.invoke("x").model)
stream = agent.stream("hi")
for event in agent.stream("hi"):
    print(event.type, event.text, event.agent, event["type"])
first = stream.next()
if first is not None:
    print(first.text)
print(stream.result().text)
stream.stop()
agent.stream("hi", lambda event: print(event.text))
talk = agent.conversation()
print(talk.send("hi").text, talk.history()[0]["role"], talk.fork().send("x", temperature=1).text)
talk.save("support")
agent.handoff(helper, {"a": 1}).send("x")
print(agent.get_metrics()["executions"], agent.get_health()["status"], agent.is_healthy(), agent.get_last_error())
print(agent.has_tool("weather"), agent.discover_tools()[0], agent.invoke_tool("weather", city="Oslo").text)
agent.set_state("n", 1)
print(agent.get_state("n"), agent.load_state("x"), agent.as_tool("muse").execute({"input": "x"}).text)
built = Agent.builder().name("x").model("echo").tools(["calculator"]).max_steps(3).set("seed", 1).build()
found = Agent.get("ada")
if found is not None:
    print(found.execute("x").text)
rows: list[str] = [it.name + it.status for it in Agent.list() + Agent.discover(capability="tools")]
vote = Agent.create_composite("panel", [agent, "helper"], "vote", judge=helper)
print(vote.execute("x").metadata["winner"], Agent.reflect(agent=agent, criteria=["short"], rounds=2).name)
print(Agent.react(name="r", model="echo").name, Agent.create_from_template("t", "chat", persona="a clerk").name)
print(Agent.wrap_as_tool(agent, name="muse").name, Agent.list_templates()[0]["name"], Agent.get_info("ada")["kind"])
context = Agent.create_context({"a": 1})
agent.execute_with_context("x", context)
Agent.set_shared_memory("team", "goal", "win")
try:
    agent.execute("x")
except (BudgetExceeded, SchemaError, ProviderError) as error:
    print(error.code, error.message, error.hint, error.details, Run.cost())
"""


def check(folder: Path, stubs: str, script: str) -> str:
    (folder / "llmspell_globals.pyi").write_text(stubs)
    (folder / "script.py").write_text(script)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "script.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_script_type_checks_against_the_stubs(tmp_path: Path) -> None:
    assert "Success" in (out := check(tmp_path, python_stubs(declared_interface()), SCRIPT)), out


def test_a_script_with_agents_type_checks_against_the_stubs(tmp_path: Path) -> None:
    assert "Success" in (out := check(tmp_path, python_stubs(declared_interface()), AGENTS)), out


def test_a_mistake_with_an_agent_is_found(tmp_path: Path) -> None:
    wrong = (
        "from llmspell_globals import Agent\nagent = Agent.create(name=5)\nagent.exeucte('x')\n"
        "n: int = agent.execute('x').text\nfor it in agent:\n    pass\n"
    )
    out = check(tmp_path, python_stubs(declared_interface()), wrong)
    assert 'expected "str"' in out and 'has no attribute "exeucte"' in out
    assert 'expression has type "str", variable has type "int"' in out and "not iterable" in out


def test_a_mistake_in_a_script_is_found(tmp_path: Path) -> None:
    wrong = "from llmspell_globals import State, Tool\nTool.execute(1)\nState.fetch('x')\n"
    out = check(tmp_path, python_stubs(declared_interface()), wrong)
    assert 'expected "str"' in out and 'has no attribute "fetch"' in out


def test_a_method_has_signature_and_documentation(sample: Interface) -> None:
    text = python_stubs(sample)
    assert 'def rows(self, kind: Literal["a", "b"] = ..., limit: int = ...) -> builtins.list[Row]:' in text
    assert "        Args:\n            kind: Which.\n            limit: How many." in text
    assert "    def with_(self, data: bytes | str, ratio: float = ...) -> None:" in text
    assert "    def then(self, fn: Callable[..., Any], *args: Any) -> dict[str, builtins.list[int]]:" in text
    assert "    fetch = get\n    getIt = get" in text


def test_records_are_dicts_with_attributes_and_indexing_finds_objects(sample: Interface) -> None:
    text = python_stubs(sample)
    assert 'class Row(dict[str, Any]):\n    """One row."""\n\n    name: str\n    size: int | None' in text
    assert "def __getitem__(self, name: str, /) -> Thing | None: ..." in text
    assert "Sample: _Sample" in text


def test_the_stubs_of_everything_are_formatted() -> None:
    text = python_stubs(declared_interface())
    command = [sys.executable, "-m", "ruff", "format", "--line-length=120", "--stdin-filename=x.pyi", "-"]
    out = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    assert out == text
