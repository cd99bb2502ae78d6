"""What the pages of all services have in common: layout, components, style, forms, and who reads them.

A service's pages extend ``layout.html``, use the macros of ``components.html``, and are answered by ``Pages``. ``/design`` shows
every component in every state.
"""
