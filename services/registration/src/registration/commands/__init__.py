"""What operators do on the service's database itself, by the same use cases as over HTTP: the first key, above all."""
