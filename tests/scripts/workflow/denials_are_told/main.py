# A step that is denied fails like any other, and what would allow it is said at the end.
r = Workflow.parallel(fail_fast=False, steps=[
    {"name": "file", "tool": "file-operations", "input": {"operation": "read", "path": "/etc/hostname"}},
    {"name": "tool", "tool": "calculator", "input": {"input": "1"}},
    {"name": "fine", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "fine"}},
]).execute()
for s in r.steps:
    print(s.name, s.status, "nil" if s.error_code is None else s.error_code, "nil" if s.error is None else s.error, sep="\t")
print(str(r.success).lower(), r.outputs.fine.text, sep="\t")
