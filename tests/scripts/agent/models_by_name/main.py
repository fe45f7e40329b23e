def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


shown(Agent.create({}).execute("x").text, Agent.create({}).model, Agent.create(model="fast").model)
shown(Agent.create(model="plain").execute("x").text, Agent.create(model="scripted/demo#slow").execute("x").text)
shown(Agent.create(provider="scripted", model="demo").execute("x").text, Agent.create(model="echo").model, Agent.create(model="echo/anything").execute("x").model)
agent = Agent.create(name="a", model="fast", max_tokens=5)
shown(agent.get_config()["settings"]["max_tokens"], agent.get_config()["settings"].get("temperature"))
# No key, no network: only the call that needs them fails.
far = Agent.create(name="far", model="openai/gpt-5-mini")
shown(far.model, far.get_health()["healthy"])
try:
    far.execute("x")
except KeyMissing as e:
    shown(False, e.code, e.message)
    print(e.hint)
# A server of the script's own, and what it needs.
own = Agent.create(name="own", model="m", base_url="http://127.0.0.1:9/v1")
try:
    own.execute("x")
except PermissionDenied as e:
    shown(own.model, False, e.code, e.message)
keyed = Agent.create(name="keyed", model="m", base_url="http://127.0.0.1:9/v1", api_key="sk-secret-0123456789", headers={"X-A": "b"})
try:
    keyed.execute("x")
except PermissionDenied as e:
    shown(False, e.code, e.message)


def where(text):
    return None if "secret" not in text else text.index("secret")


shown(where(JSON.stringify(keyed.get_config())), where(JSON.stringify(Agent.get_details("keyed"))))
