print(JSON.stringify({ math.maxinteger, math.mininteger, 9007199254740993, -9007199254740993 }))
