x = None
print("before")
raise ValueError("broken inside")
