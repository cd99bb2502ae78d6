import json
import os
from urllib.request import Request, urlopen

event = {{ event | python }}

request = Request(
    {{ (base ~ "/attendance") | python }},
    json.dumps(event).encode(),
    {"content-type": "application/cloudevents+json", "authorization": f"Bearer {os.environ['KEY']}"},
)
with urlopen(request, timeout=30) as answer:
    print(answer.status, answer.read().decode())
