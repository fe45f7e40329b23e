-- State and sessions hold what the user's other scripts keep: a script from a stranger has none.
print(State == nil, Session == nil, Artifact == nil)
print(Tool ~= nil and Prompt ~= nil and JSON ~= nil)
