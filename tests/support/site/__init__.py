"""The site with something on each of its pages: what each service knows, and who gets in where."""
