local before = io.open("left")
print(before and before:read("a") or "none")
kept = io.open("left", "w")
kept:write("not closed")
