print(JSON.stringify(JSON.parse('{"list":[],"map":{}}')))
print(JSON.stringify({}))
