SYSTEM = """You are a helper."""
