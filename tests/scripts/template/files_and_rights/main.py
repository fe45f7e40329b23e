import re

model = "scripted/cast"


def attempt(name, **params):
    try:
        r = Template.execute(name, {"model": model, **params})
    except LLMSpellError as e:
        print("false", e.code, e.details["kind"], re.search("--allow [a-z]+:", e.hint).group(), sep="\t")
    else:
        text = re.sub("\n+", " ", r.text)
        code = r.metadata["error"]["code"] if "error" in r.metadata else "nil"
        print("true", str(r.success).lower(), text, code, sep="\t")


attempt("map-reduce", instruction="When?", paths="notes")
attempt("map-reduce", instruction="When?", paths=["notes/a.txt", "secret.txt"])
attempt("document-processor", paths="notes/../secret.txt")
attempt("content-generation", topic="x", edit=False, save_to="out/text.md")
attempt("content-generation", topic="x", edit=False, save_to="elsewhere.md")
attempt("file-classification", folder="notes", categories=["a", "b"])
attempt("map-reduce", instruction="When?", paths="notes", model="echo")
try:
    Template.estimate_cost("map-reduce", instruction="When?", paths="secret.txt")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    Template.execute("knowledge-management", operation="list")
except LLMSpellError as e:
    print(e.code, re.match("run again with --profile medium", e.hint).group(), sep="\t")
