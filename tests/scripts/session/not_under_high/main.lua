-- What sessions hold is the user's, of all of their scripts: a script from a stranger has none.
print(Session == nil, Artifact == nil, State == nil, Tool ~= nil)
