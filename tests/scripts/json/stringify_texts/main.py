print(JSON.stringify(["quote \" back \\ slash /", "tab\tnew\nline\rform\fback\b", "\x01\x1f\x7f", "ü 世界 🙂", ""]))
