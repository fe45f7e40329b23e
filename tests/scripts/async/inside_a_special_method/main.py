class V:
    def __init__(self, n):
        self.n = n
    def __add__(self, other):
        return V(Tool.execute("calculator", {"input": f"{self.n} + {other.n}"}).result)
    def __str__(self):
        return "V" + str(Tool.execute("calculator", {"input": f"{self.n} + 0"}).result)
a = V(1) + V(2)
print(str(a))
