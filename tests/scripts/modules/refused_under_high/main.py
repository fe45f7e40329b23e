try:
    import neighbour
except (ImportError, LLMSpellError):
    print("false")
