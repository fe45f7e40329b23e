print(" ".join(row.name for row in Template.list()))
for row in Template.list(category="development"):
    print(row.name, row.version, row.origin, row.tags[0], sep="\t")
print(len(Template.list("no such words")), str(len(Template.list(tag="agents")) > 3).lower(), sep="\t")
for row in Template.search("documents long texts"):
    print(row.name)

info = Template.info("Map_Reduce")
print(info.name, info.category, ",".join(info.roles), info.limits, sep="\t")
for it in info.parameters:
    bounds = [str(it.get(key)).replace("None", "nil") for key in ("minimum", "maximum")]
    print(it["name"], it["type"], str(it["required"]).lower(), *bounds, sep="\t")
same = Template["debate"].description == Template.get("debate").description
print(*(str(it).lower() for it in (same, Template.exists("debate"), Template.exists("debat"))), sep="\t")
schema = Template.schema("debate")
more = str(schema["additionalProperties"]).lower()
print(schema["type"], schema["properties"]["rounds"]["default"], schema["required"][0], more, sep="\t")
