import re

for name in ("opnai", "nothing-like-it"):
    try:
        Provider.models(name)
    except Exception as e:
        print(e.code, e.message, re.search("did you mean [a-z]+|the providers are openai", e.hint)[0], sep="\t")
print(str(len(Provider.models("openai")) > 20).lower(), Provider.models("openai")[0], sep="\t")
