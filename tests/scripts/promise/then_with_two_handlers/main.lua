print(Promise.reject({ code = "x", message = "m" }):and_then(function() return "no" end, function(e) return "handled " .. e.code end):await())
print(Promise.resolve(1):and_then(function(v) return "value " .. v end, function() return "no" end):await())
