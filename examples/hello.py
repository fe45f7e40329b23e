# Say hello: `llmspell run hello.py [--name NAME]`
print(f"Hello, {ARGS.name or 'world'}!")
