def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(
    name="clerk",
    model={"scripted": [
        {"reasoning": "I must add.", "text": "Let me see.", "tool": "calculator", "arguments": {"input": "6 * 7"}, "usage": {"input_tokens": 20, "output_tokens": 5, "cached_tokens": 12}, "cost_usd": 0.25},
        {"text": "It is {{last_tool_result}}.", "citations": ["https://example.com/a", {"title": "B"}], "usage": {"input_tokens": 30, "output_tokens": 10}, "cost_usd": 0.5, "model": "scripted-2026-11-01"},
    ]},
    tools=["calculator"],
)
r = agent.execute("How much is six times seven?")
print(*sorted(key for key in r if r[key] is not None))
shown(r.success, r.text, r.response == r.text, r.data, r.model, r.agent, r.finish_reason, r.cost_usd)
shown(JSON.stringify(r.usage), JSON.stringify(r.citations), JSON.stringify(r.metadata))
for m in r.messages:
    shown(m.role, JSON.stringify(m))
for step in r.steps:
    shown(step.kind, step.thought, step.action, JSON.stringify(step.input), step.observation, step.error, step.duration_ms >= 0)
call = r.tool_calls[0]
shown(len(r.tool_calls), call.id, call.name, JSON.stringify(call.arguments), JSON.stringify(call.result), call.error, call.duration_ms >= 0)
shown(r.duration_ms >= 0, Run.cost(), Run.usage().input_tokens)
cut = Agent.create(model={"scripted": [{"text": "It goes o", "finish_reason": "length"}]}).execute("Write")
shown(cut.text, cut.finish_reason, len(cut.steps), len(cut.tool_calls), len(cut.citations))
