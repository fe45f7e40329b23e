-- A tool that asks its own agent would go on for ever.
local agent
local again = Tool.create{ name = "again", description = "Asks again.", execute = function() return agent:execute("go").text end }
local turns = { scripted = { { when = { after_tool = true }, text = "{{last_tool_result}}" }, { when = { after_tool = false }, tool = "again" } } }
agent = Agent.create{ name = "loop", model = turns, tools = { again } }
local text = agent:execute("go").text
print(text:match("agents call each other too deep: loop → loop"), select(2, text:gsub("→", "")))
