local info = Template.info("haiku")
print(info.description, info.category, info.origin:match("[^/]+/[^/]+$"), info.parameters[1].name, info.roles[1])
print(Template.execute("haiku", { subject = "rain" }).text)
print(Template.estimate_cost("haiku", { subject = "rain" }).calls)
for _, row in ipairs(Template.list()) do
  if row.error then print(row.name, (row.error:gsub("^.*/", ""))) end
end
local ok, e = pcall(Template.execute, "broken")
print(ok, e.code, e.hint)
