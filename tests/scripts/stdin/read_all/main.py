import sys
text = sys.stdin.read()
print(len(text), text[:3], sep="\t")
print(len(sys.stdin.read()))
