-- Use a module that lies beside the script: `llmspell run modules.lua`
local shapes = require("shapes")
for _, r in ipairs({ 1, 2.5 }) do print(("radius %.1f: area %.3f"):format(r, shapes.circle(r))) end
