# The SHA-256 of every line, by a tool on the host: `llmspell run hash-lines.py < file`
import sys

for line in sys.stdin:
    line = line.removesuffix("\n")
    answer = Tool.execute("hash-calculator", operation="hash", algorithm="sha256", input=line)
    print(f"{answer.result['hash']}  {line}")
