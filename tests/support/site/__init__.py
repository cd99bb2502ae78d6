"""A site with something on each page: each service's data, and who may access which page."""
