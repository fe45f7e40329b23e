# State holds what the user's other scripts keep: a script from a stranger has none.
try:
    State
    print("false")
except NameError:
    print("true")
print(str(Tool is not None and Prompt is not None and JSON is not None).lower())
