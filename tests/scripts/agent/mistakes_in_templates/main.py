import re


# What is wrong in a template is said with its file; what is given beside it is the script's.
def in_file(text):
    return re.sub("^.*(?=agents/)", "", text)


def tried(name, template, **params):
    try:
        Agent.create_from_template(name, template, params)
        print("true")
    except LLMSpellError as e:
        print("false", e.code, in_file(e.message), sep="\t")
        print("", e.hint.split(";")[0], sep="\t")


tried("a", "adder")
tried("b", "adder", tools=["calculater"])
tried("c", "adder", tools=["calculatr"])
tried("d", "adder", tools=["calculator"])
tried("f", "lost", model="echo")
tried("g", "haiku", season="autumn")
try:
    Agent.create_from_template("e", "lost")
except ModelNotFound as e:
    print("false", e.code, str("agents/lost.toml: " in e.message).lower(), in_file(e.details["file"]), sep="\t")
