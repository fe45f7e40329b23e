def u(**p):
    return JSON.stringify(Tool.execute("url-analyzer", p).result, {"pretty": True})
print(u(input="https://user@example.com:8443/a/b?x=1&x=2#top"))
print(u(operation="parse", input="http://[::1]/"))
print(u(operation="validate", input="https://example.com"))
print(u(operation="validate", input="not a url"))
print(u(operation="join", input="https://example.com/a/", reference="../b"))
print(u(operation="build", parts={"host": "example.com", "path": "search", "params": {"q": "a b"}}))
print(u(operation="encode", input="a b&ü"))
print(u(operation="decode", input="a%20b%26%C3%BC"))
try:
    Tool.execute("url-analyzer", input="not a url")
    print("true", "true", sep="\t")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
