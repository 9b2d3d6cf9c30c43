"""The nouns: calls, speech, answers, grammars, languages."""
