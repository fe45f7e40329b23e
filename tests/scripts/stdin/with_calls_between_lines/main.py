import sys
for line in sys.stdin:
    print(Tool.execute("text-manipulator", {"operation": "uppercase", "input": line.rstrip("\n")}).result)
