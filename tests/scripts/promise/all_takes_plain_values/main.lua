print(JSON.stringify(Promise.all({ 1, "two", Promise.resolve(3) }):await()))
print(Promise.race({ "plain", Promise.new(function() end) }):await())
