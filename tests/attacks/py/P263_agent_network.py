# id: P263_agent_network
# tries: have an agent's server lead to this machine
# class: network
# expect: blocked
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
for host in ("127.0.0.1:47811", "localhost:47811", "0x7f000001:47811", "2130706433:47811", "[::1]:47811", "[::ffff:127.0.0.1]:47811", "127.1:47811", "0.0.0.0:47811", "169.254.169.254"):
    for fields in (
        {"model": "m", "base_url": "http://" + host}, {"model": "ollama/m", "base_url": "http://" + host + "/v1"},
        {"model": "m", "provider": "vllm", "base_url": "http://" + host}, {"model": "m", "base_url": "http://example.com@" + host},
    ):
        try:
            agent = Agent.create(retries=0, **fields)
        except Exception:
            continue
        try:
            agent.execute("go")
            print("ESCAPED")
        except Exception as problem:
            if getattr(problem, "code", "") not in ("permission_denied", "model_not_found", "bad_argument", "config_error"):
                print("ESCAPED")
                print(problem)
print("done")
