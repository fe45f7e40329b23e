try:
    import no_such_module
except ImportError:
    print("false", "module_not_found", sep="\t")
