def done(name, **params):
    r = Template.execute(name, model="scripted/cast", **params)
    print(name, str(r.success).lower(), r.metrics["calls"], sep="\t")
    return r.result, r


def lower(value):
    return str(value).lower()


r, all = done("code-generator", task="Add two numbers.")
first = all.artifacts[0]
print(lower(r["accepted"]), len(r["files"]), first["path"], first["bytes"], len(r["files"][0]["content"]), sep="\t")
r, all = done("code-review", paths="src/mean.py", aspects=["correctness"])
it = r["findings"][0]
print(r["verdict"], r["counts"]["major"], it["file"], it["line"], it["title"], r["summary"], sep="\t")
r, all = done("content-generation", topic="notes", format="email", words=20)
print(r["title"], r["words"], r["outline"]["sections"][0]["heading"], sep="\t")
r, all = done("data-analysis", data=[{"city": "Oslo", "sales": 2}, {"city": "Rome", "sales": 4.5}], group_by="city")
group = r["groups"][1]
print(r["explanation"], r["statistics"]["sales"]["mean"], group["value"], group["sales"]["sum"], sep="\t")
r, all = done("document-processor", documents="The release is on Friday.")
print(r["documents"][0]["text"], r["documents"][0]["parts"], sep="\t")
r, all = done(
    "document-processor", documents="The release is on Friday.", operation="extract", fields={"day": "of the release"}
)
print(r["documents"][0]["data"]["day"])
categories = ["bill", {"name": "letter", "description": "to a person"}]
r, all = done("file-classification", folder="inbox", categories=categories, move=True)
for it in r["files"]:
    print(it["path"], it["category"], it["confidence"], it["target"], lower(it["moved"]), sep="\t")
print(lower(r["dry_run"]), r["counts"]["unclassified"], sep="\t")
sources = [{"name": "minutes", "text": "The release is on Friday."}]
r, all = done("research-assistant", question="When?", sources=sources, depth="short")
print(r["findings"][0]["source"], lower(r["findings"][0]["verified"]), r["unverified"], sep="\t")
print(all.text)
steps = [{"name": "up", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{input.name}}"}}]
r, all = done("workflow-orchestrator", workflow={"steps": steps}, input={"name": "ada"})
print(r["output"], r["workflow"]["steps"][0]["tool"], sep="\t")
