model = "scripted/talk"
# What one run keeps, the next one finds.
talk = Template.execute("interactive-chat", message="hello", session="trip", model=model)
print(talk.text, len(talk.result["messages"]), sep="\t")
first = Template.execute("interactive-chat", message="I am Ada.", model=model)
messages = first.result["messages"]
print(Template.execute("interactive-chat", message="Who am I?", messages=messages, model=model).text)


def notes(**params):
    return Template.execute("knowledge-management", params).result


print(notes(operation="add", content="The backup runs at three.", tags=["ops"])["id"])
notes(operation="add", content="Cats sleep.", title="Cats")
for it in notes(operation="search", query="backups")["notes"]:
    print(it["id"], it["title"], sep="\t")
asked = Template.execute("knowledge-management", operation="ask", query="When is the backup?", model=model)
print(asked.text, asked.result["cited"][0], asked.metrics["calls"], sep="\t")
print(notes(operation="list")["total"], notes(operation="list", base="other")["total"], sep="\t")
