import json

from confluent_kafka import Producer  # pip install confluent-kafka

data = {{ data | python }}

producer = Producer({"bootstrap.servers": {{ bootstrap | python }}, "acks": "all"})
producer.produce(
    {{ topic | python }},
    key={{ example.key | python }},
    value=json.dumps(data),
    headers={
        "ce_specversion": "1.0",
        "ce_id": {{ example.id | python }},
        "ce_source": {{ example.source | python }},
        "ce_type": {{ type | python }},
        "ce_time": {{ example.time | python }},
    },
)
assert producer.flush(30) == 0, "not sent"
