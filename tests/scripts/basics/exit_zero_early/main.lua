print("before")
os.exit()
print("after")
