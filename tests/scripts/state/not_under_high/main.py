# State and sessions hold what the user's other scripts keep: a script from a stranger has none.
missing = []
for look in (lambda: State, lambda: Session, lambda: Artifact):
    try:
        look()
        missing.append("false")
    except NameError:
        missing.append("true")
print(*missing, sep="\t")
print(str(Tool is not None and Prompt is not None and JSON is not None).lower())
