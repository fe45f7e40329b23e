local names = {}
for _, row in ipairs(Template.list()) do names[#names + 1] = row.name end
print(table.concat(names, " "))
for _, row in ipairs(Template.list{ category = "development" }) do print(row.name, row.version, row.origin, row.tags[1]) end
print(#Template.list("no such words"), #Template.list{ tag = "agents" } > 3)
for _, row in ipairs(Template.search("documents long texts")) do print(row.name) end

local info = Template.info("Map_Reduce")
print(info.name, info.category, table.concat(info.roles, ","), info.limits)
for _, it in ipairs(info.parameters) do print(it.name, it.type, it.required, it.minimum, it.maximum) end
print(Template["debate"].description == Template.get("debate").description, Template.exists("debate"), Template.exists("debat"))
local schema = Template.schema("debate")
print(schema.type, schema.properties.rounds.default, schema.required[1], schema.additionalProperties)
