import sys
def f(**p):
    return Tool.execute("file-operations", p).result
f(operation="create_dir", path="out/sub")
f(operation="write", path="out/a.txt", input="first\n")
f(operation="append", path="out/a.txt", input="second ü\n")
sys.stdout.write(Tool.execute("file-operations", operation="read", path="out/a.txt").text)
f(operation="copy", path="out/a.txt", to="out/b.txt")
f(operation="move", path="out/b.txt", to="out/sub/c.txt")
def exists(path):
    return Tool.execute("file-operations", operation="exists", path=path).text
print(exists("out/b.txt"), exists("out/sub/c.txt"), sep="\t")
print(str(len(JSON.stringify(f(operation="list_dir", path="out"))) > 10).lower())
print(JSON.stringify(f(operation="metadata", path="out/a.txt")["size"]))
f(operation="delete", path="out/sub", recursive=True)
print(exists("out/sub"))
f(operation="write", path="out/bytes", input=b"\0\xff\n")
print(str(Tool.execute("file-operations", operation="read", path="out/bytes", binary=True).result == b"\0\xff\n").lower())
