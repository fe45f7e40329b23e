def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


wf = (
    Workflow.builder().name("digest").parallel().max_concurrency(8)
    .add_step({"name": "count", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{input.title}}"}})
    .add_step(name="hash", tool="hash-calculator", input={"operation": "hash", "input": "{{input.body}}"})
    .build()
)
r = wf.execute(title="a", body="b")
shown(r.success, r.outputs.hash.result.hash, r.steps[1].duration_ms >= 0)
shown(r.outputs.count.text, r.outputs.count.result, r.error, r.error_code, len(r.steps))
for step in r.steps:
    shown(step.name, step.kind, step.status, step.success, step.error, step.attempts)
m = r.metadata
shown(m.workflow_name, m.workflow_type, m.total_steps, m.successful_steps, m.failed_steps, m.skipped_steps, "string" if isinstance(m.execution_id, str) else "?")
shown(m.extra.total_steps, m.extra.workflow_name, JSON.stringify(m.extra.agent_outputs), r.duration_ms >= 0)
shown(wf.name, wf.type, wf.get_name(), wf.get_type(), "string" if isinstance(wf.id, str) else "?", wf.description == "")
