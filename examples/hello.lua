-- Say hello: `llmspell run hello.lua [--name NAME]`
print("Hello, " .. (ARGS.name or "world") .. "!")
