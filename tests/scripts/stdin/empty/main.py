import sys
for _ in sys.stdin:
    print("never")
print(str(sys.stdin.read() == "").lower())
try:
    input()
except EOFError:
    print("true")
