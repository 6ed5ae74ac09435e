def example_questions(engine, *, language):
    return []
