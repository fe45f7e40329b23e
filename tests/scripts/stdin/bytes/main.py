import sys
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(f"{len(data)}\n".encode() + data[::-1])
