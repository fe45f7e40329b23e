local f, why = io.open("missing.txt")
print(f == nil)
