# id: P264_agent_files
# tries: read and write files by documents, scripted models, templates and a model's tools
# class: file-read
# expect: blocked
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
def look(what, attempt):
    try:
        it = attempt()
        text = str(getattr(it, "text", it))
    except Exception:
        return
    if "root:" in text:
        print("LEAK", what)
echo = Agent.create(name="echo", model="echo")
for path in ("/etc/passwd", "../../../../../../etc/passwd", "/proc/self/environ", "/proc/self/root/etc/passwd", "file:///etc/passwd"):
    for field in ("images", "audio", "files", "documents"):
        for value in (path, {"path": path}, {"url": path}, {"url": "file://" + path}, {"path": path, "mime": "text/plain"}):
            look(field, lambda: echo.execute({"text": "read", field: [value]}))
    look("scripted", lambda: Agent.create(model="scripted/" + path).execute("go"))
    look("template", lambda: Agent.create_from_template("t", path))
    for call in (
        {"tool": "file-operations", "arguments": {"operation": "read", "path": path}}, {"tool": "file-search", "arguments": {"pattern": "root", "path": path}},
        {"tool": "file-operations", "arguments": {"operation": "write", "path": "../agent-escaped", "input": "root" + ":"}},
        {"tool": "file-operations", "arguments": {"operation": "read", "path": "../agent-escaped"}},
    ):
        look("tool", lambda: Agent.create(tools=["file-operations", "file-search"], model={"scripted": [{"calls": [call]}, {"text": "{{last_tool_result}}"}]}).execute("go"))
print("done")
