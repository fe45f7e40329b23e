local wf = Workflow.builder():name("digest"):parallel():max_concurrency(8)
  :add_step{ name = "count", tool = "text-manipulator", input = { operation = "uppercase", input = "{{input.title}}" } }
  :add_step{ name = "hash",  tool = "hash-calculator",  input = { operation = "hash", input = "{{input.body}}" } }
  :build()
local r = wf:execute{ title = "a", body = "b" }   -- r.success, r.outputs.hash.result.hash, r.steps[2].duration_ms
print(r.success, r.outputs.hash.result.hash, r.steps[2].duration_ms >= 0)
print(r.outputs.count.text, r.outputs.count.result, r.error, r.error_code, #r.steps)
for _, step in ipairs(r.steps) do
  print(step.name, step.kind, step.status, step.success, step.error, step.attempts)
end
local m = r.metadata
print(m.workflow_name, m.workflow_type, m.total_steps, m.successful_steps, m.failed_steps, m.skipped_steps, type(m.execution_id))
print(m.extra.total_steps, m.extra.workflow_name, JSON.stringify(m.extra.agent_outputs), r.duration_ms >= 0)
print(wf.name, wf.type, wf:get_name(), wf:get_type(), type(wf.id), wf.description == "")
