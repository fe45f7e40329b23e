class Each:
    def __init__(self):
        self.i = 0
    def __iter__(self):
        return self
    def __next__(self):
        self.i += 1
        if self.i > 3:
            raise StopIteration
        return Tool.execute("text-manipulator", {"operation": "uppercase", "input": f"item{self.i}"}).result
for v in Each():
    print(v)
