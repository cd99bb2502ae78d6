curl -X POST {{ (base ~ "/attendance") | sh }} \
  -H "authorization: Bearer $KEY" -H 'content-type: application/cloudevents+json' \
  -d {{ event | pretty | sh }}
