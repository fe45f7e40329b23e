# Ask a tool about many addresses, at most four at a time; the answers keep their order: `llmspell run at-once.py < urls`
import sys


def host_of(url):
    try:
        return Tool.execute("url-analyzer", input=url).result["host"]
    except LLMSpellError:
        return "not an address"


urls = [line.removesuffix("\n") for line in sys.stdin]
for i, host in enumerate(Async.map(urls, host_of, limit=4), 1):
    print(i, host, sep="\t")
