agent = Agent.create(name="far", model="x", base_url="http://127.0.0.1:9/v1", retries=0)


def ask():
    try:
        agent.ask("hello")
    except LLMSpellError as error:
        return error.code


Tool.execute("file-operations", operation="read", path="notes.txt")
print("private alone:", ask(), sep="\t")
Run.mark("untrusted", "the mails on stdin")
print("both:", ask(), sep="\t")
print("never said")
