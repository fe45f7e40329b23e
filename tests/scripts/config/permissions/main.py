def low(v):
    return str(v).lower()
p = Config.get_permissions()
print(p["profile"], JSON.stringify(p["deny"]), sep="\t")
s = Config.get_security()
print(s["profile"], s["limits"]["tasks"], s["limits"]["wall_s"], sep="\t")
print(low(Config.is_allowed("read:./x")), low(Config.is_allowed("write:./x")), low(Config.is_allowed("tool:calculator")), low(Config.is_allowed("net:example.com:443")), sep="\t")
print(low(Config.is_file_access_allowed("x")), low(Config.is_file_access_allowed("x", True)), low(Config.is_file_access_allowed("/etc/passwd")), sep="\t")
print(low(Config.isNetworkAccessAllowed("example.com")))
try:
    Config.is_allowed("reed:./x")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
