-- Ask about a picture: `llmspell run picture.lua data/chart.png "Which bar is the tallest?" --model smart`
local path, question = ARGS[1] or "data/chart.png", ARGS[2] or "Which bar is the tallest?"
local agent = Agent.create{ name = "viewer", model = ARGS.model, system_prompt = "Say only what can be seen." }
print(agent:execute{ text = question, images = { { path = path } } }.text)
