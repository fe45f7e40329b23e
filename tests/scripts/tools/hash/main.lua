for _, a in ipairs({ "sha256", "sha224", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s", "sha1", "md5" }) do
  local hex = Tool.execute("hash-calculator", { operation = "hash", algorithm = a, input = "grüße" }).result.hash
  local b64 = Tool.execute("hash-calculator", { algorithm = a, input = "grüße", format = "base64" }).result.hash
  print(a, hex, b64)
  local v = Tool.execute("hash-calculator", { operation = "verify", algorithm = a, input = "grüße", hash = hex })
  local w = Tool.execute("hash-calculator", { operation = "verify", algorithm = a, input = "other", hash = b64 })
  print(JSON.stringify(v.result), JSON.stringify(w.result))
end
print(Tool.execute("hash-calculator", { file = "data.bin" }).result.hash)
