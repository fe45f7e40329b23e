import sys
for n, line in enumerate(sys.stdin, 1):
    print(f"{n}: {line.rstrip(chr(10))}")
