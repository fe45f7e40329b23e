print(JSON:stringify({1}), JSON.stringify({1}), Tool:exists("calculator"))
