info = Template.info("haiku")
origin = "/".join(info.origin.split("/")[-2:])
print(info.description, info.category, origin, info.parameters[0]["name"], info.roles[0], sep="\t")
print(Template.execute("haiku", subject="rain").text)
print(Template.estimate_cost("haiku", subject="rain").calls)
for row in Template.list():
    if row.error:
        print(row.name, row.error.split("/")[-1], sep="\t")
try:
    Template.execute("broken")
except LLMSpellError as e:
    print("false", e.code, e.hint, sep="\t")
