import sys
print(input())
print(sys.stdin.readline().rstrip("\n"))
sys.stdout.write(sys.stdin.readline())
print(str(sys.stdin.readline() == "").lower())
