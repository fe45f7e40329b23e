import time, random
print(str(time.time() > 1600000000).lower())
print(str(time.process_time() >= 0).lower())
r = random.randint(1, 6)
print(str(1 <= r <= 6).lower())
print(time.strftime("%Y-%m-%d", time.gmtime(0)))
