print(JSON.stringify({ "quote \" back \\ slash /", "tab\tnew\nline\rform\fback\b", "\1\31\127", "ü 世界 🙂", "" }))
