big = "0123456789abcdef" * (5 * 65536)
r = Tool.execute("text-manipulator", {"operation": "uppercase", "input": big}).result
print(len(r), r[:16], str(r == big.upper()).lower(), sep="\t")
print(Tool.execute("hash-calculator", {"input": big}).result["hash"])
