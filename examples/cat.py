# Copy stdin to stdout, byte for byte and in constant memory: `llmspell run cat.py < in > out`
import sys

while block := sys.stdin.buffer.read(65536):
    sys.stdout.buffer.write(block)
