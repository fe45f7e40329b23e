for a in ["sha256", "sha224", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s", "sha1", "md5"]:
    hex = Tool.execute("hash-calculator", operation="hash", algorithm=a, input="grüße").result["hash"]
    b64 = Tool.execute("hash-calculator", algorithm=a, input="grüße", format="base64").result["hash"]
    print(a, hex, b64, sep="\t")
    v = Tool.execute("hash-calculator", operation="verify", algorithm=a, input="grüße", hash=hex)
    w = Tool.execute("hash-calculator", operation="verify", algorithm=a, input="other", hash=b64)
    print(JSON.stringify(v.result), JSON.stringify(w.result), sep="\t")
print(Tool.execute("hash-calculator", file="data.bin").result["hash"])
