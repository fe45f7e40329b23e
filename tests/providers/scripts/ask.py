# Ask an agent one question a line, and print what came of it: ask.py --model NAME [--stream yes]
import sys

OBJECT = {"type": "object"}
CITY = {**OBJECT, "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}


def rains(params):
    return "it rains in " + params["city"]


def noon(params):
    return "noon"


weather = Tool.create(name="get_weather", description="The weather in a city.", parameters=CITY, execute=rains)
clock = Tool.create(
    name="get_time", description="What time it is.", parameters={**OBJECT, "properties": {}}, execute=noon
)
patient = Agent.create(model=ARGS.model, tools=[weather, clock], system_prompt="You are a pirate")
hasty = Agent.create(model=ARGS.model, timeout_s=1)


def ask(question):
    agent = hasty if question == "never answer" else patient
    if not ARGS.stream:
        return agent.execute(question)
    stream = agent.stream(question)
    pieces = [event.text for event in stream if event.type == "text"]
    answer = stream.result()
    assert "".join(pieces).endswith(answer.text), "the pieces are not the answer"
    assert len(answer.text) <= 20 or len(pieces) > 1, "it came in one piece"
    return answer


def shown(value):
    return "nil" if value is None else value


for line in sys.stdin:
    question = line.rstrip("\n")
    try:
        answer = ask(question)
    except LLMSpellError as error:
        details = error.details or {}
        print(f"{question} -> {error.code} {shown(details.get('kind'))} {shown(details.get('status'))}")
        continue
    print(f"{question} -> {answer.text}")
    for call in answer.tool_calls:
        city, days = (shown(call.arguments.get(it)) for it in ("city", "days"))
        print(f"  {call.name}({city}, {days}) = {call.result}")
    usage = answer.usage
    print(f"  {answer.model} {answer.finish_reason} {usage.input_tokens} {usage.output_tokens}")
