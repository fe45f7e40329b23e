agent = Agent.create(name="echoer", model={"scripted": {"turns": [{"text": "[{{system}}] {{said}}"}], "repeat": "last"}})


def asked(*args, **options):
    return agent.execute(*args, **options).text.replace("\n", " / ")


print(asked("a string"))
for key in ("text", "prompt", "input", "message"):
    print(asked({key: "by " + key}))
print(asked(messages=[{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}]))
print(asked([{"role": "user", "text": "a list"}, {"role": "model", "text": "of"}, {"role": "user", "parts": ["mess", {"text": "ages"}]}]))
print(asked({"messages": [{"role": "user", "content": [{"type": "text", "text": "parts"}]}, {"role": "assistant", "content": "ok"}], "text": "and text"}))
print(asked({"messages": [{"role": "system", "content": "Rule."}, {"role": "user", "content": "obey"}]}))
print(asked("with options", system_prompt="Once."), asked("without"), sep="\t")
print(str(asked({"text": "beside", "system_prompt": "Beside.", "context": {"a": 1}}).startswith("[Beside.")).lower())
print(asked("ünïcödé 日本 😀"))
# What was answered can be given back.
first = agent.execute("first")
messages = first.messages
messages.append({"role": "user", "content": "second"})
print(asked({"messages": messages}))
for method in ("execute", "invoke", "run", "complete", "ask", "executeAsync", "execute_async"):
    print(getattr(agent, method)(method).text[3:], end=" ")
print()


def wrong(*args, **options):
    try:
        agent.execute(*args, **options)
    except LLMSpellError as e:
        print("false", e.code, e.message, e.hint or "nil", sep="\t")


wrong()
wrong("")
wrong("  \n")
wrong({})
wrong(5)
wrong({"txt": "a"})
wrong({"text": "a", "prompt": "b"})
wrong({"text": 5})
wrong({"text": agent})
wrong(print)
wrong({"messages": [{"role": "usr", "content": "a"}]})
wrong({"messages": [{"role": "user"}]})
wrong({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})
wrong({"messages": "a"})
wrong({"text": "a", "context": {"f": print}})
wrong({"text": "a", "temprature": 1})
wrong({"text": "a", "memory": "buffer"})
wrong("a", name="b")
wrong(b"not \xff utf8")
