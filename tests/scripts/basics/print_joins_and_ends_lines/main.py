import sys
print("one")
print("")
print("a", "b", sep="\t")
sys.stdout.write("no newline, ")
print("then one")
print("grüße, 世界 🙂")
